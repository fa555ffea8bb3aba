import { entry } from './entry'
import { didYouMean, listed } from './wording'

/** Sources: `PML13nn`. */
export const sourceDiagnostics = {
  PML1301: entry<{ reader: string; nearest: readonly string[]; readers: readonly string[] }>({
    severity: 'error',
    title: 'No such reader',
    message: ({ reader }) => `There is no reader \`${reader}\`.`,
    mend: ({ nearest, readers }) => didYouMean(nearest, `Use ${listed(readers)}.`),
  }),
  PML1302: entry<{ reader: string; readers: readonly string[] }>({
    severity: 'error',
    title: 'A reader that is not there yet',
    message: ({ reader }) => `Sources of kind \`${reader}\` cannot be read yet.`,
    mend: ({ readers }) => `Save the data as a file and use ${listed(readers)}.`,
  }),
  PML1303: entry<{ reader: string }>({
    severity: 'error',
    title: 'A source without a path',
    message: ({ reader }) => `\`${reader}\` needs one path, as a text.`,
    mend: ({ reader }) => `Write \`${reader}("data/file")\` with the file’s path.`,
  }),
  PML1304: entry<{ path: string }>({
    severity: 'error',
    title: 'A path outside the workspace',
    message: ({ path }) => `\`${path}\` lies outside the workspace.`,
    mend: () => 'Copy the file into the workspace and name it relative to its folder.',
  }),
  PML1305: entry<{ path: string; reason: string }>({
    severity: 'error',
    title: 'A file that cannot be read',
    message: ({ path, reason }) => `\`${path}\` cannot be read: ${reason}`,
    mend: () => 'Check that the file is there and is what the reader expects.',
  }),
  PML1306: entry<{ column: string; clause: string; type: string }>({
    severity: 'error',
    title: 'A time column that holds no times',
    message: ({ column, clause, type }) => `\`${clause}\` needs a column of times; \`${column}\` is ${type}.`,
    mend: () => 'Name a column of type time or date.',
  }),
}
