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
    severity: 'warning',
    title: 'A reader that is not there yet',
    message: ({ reader }) =>
      `Sources of kind \`${reader}\` cannot be read yet: features over them are checked, not computed.`,
    mend: ({ readers }) => `To compute them, save the data as a file and use ${listed(readers)}.`,
  }),
  PML1303: entry<{ reader: string; problem: string; signature: string }>({
    severity: 'error',
    title: 'A reader with wrong arguments',
    message: ({ problem }) => problem,
    mend: ({ signature }) => `Write it as \`${signature}\`.`,
  }),
  PML1304: entry<{ path: string }>({
    severity: 'error',
    title: 'A path outside the workspace',
    message: ({ path }) => `\`${path}\` lies outside the workspace.`,
    mend: () => 'Copy the file into the workspace and name it relative to its folder.',
  }),
  PML1305: entry<{ path: string; reason: string; hint?: string }>({
    severity: 'error',
    title: 'A file that cannot be read',
    message: ({ path, reason }) => `\`${path}\` cannot be read: ${reason}`,
    mend: ({ hint }) => hint ?? 'Check that the file is there and is what the reader expects.',
  }),
  PML1306: entry<{ column: string; clause: string; type: string }>({
    severity: 'error',
    title: 'A time column that holds no times',
    message: ({ column, clause, type }) => `\`${clause}\` needs a column of times; \`${column}\` is ${type}.`,
    mend: () => 'Name a column of type time or date.',
  }),
  PML1307: entry<{ source: string; reader: string }>({
    severity: 'error',
    title: 'A source whose columns nobody knows',
    message: ({ source, reader }) => `What columns \`${source}\` has cannot be learned from \`${reader}\` here.`,
    mend: () => 'Say it with a `schema` clause, as in `{ schema (id: int, at: time) }`.',
  }),
  PML1308: entry<{ source: string; column: string; declared: string; found: string | null }>({
    severity: 'error',
    title: 'A schema that the data does not keep',
    message: ({ source, column, declared, found }) =>
      found === null
        ? `The schema says that \`${source}\` has a column \`${column}\`, and its data has none.`
        : `The schema says that \`${column}\` is ${declared}, and in the data it is ${found}.`,
    mend: ({ found }) => (found === null ? 'Remove it from the schema.' : `Write ${found}.`),
  }),
}
