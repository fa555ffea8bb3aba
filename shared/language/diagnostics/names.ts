import { entry } from './entry'
import { didYouMean } from './wording'

interface Unknown {
  readonly name: string
  readonly nearest: readonly string[]
}
interface UnknownDeclaration extends Unknown {
  /** The namespace that does declare it, if one does. */
  readonly elsewhere: string | null
}

const declaredElsewhere = ({ nearest, elsewhere }: UnknownDeclaration, otherwise: string): string =>
  elsewhere === null
    ? didYouMean(nearest, otherwise)
    : `It is declared in \`namespace ${elsewhere}\`: import it from there.`

/** Names: `PML11nn`. */
export const nameDiagnostics = {
  PML1101: entry<Unknown & { source: string }>({
    severity: 'error',
    title: 'A source has no such column',
    message: ({ name, source }) => `\`${source}\` has no column \`${name}\`.`,
    mend: ({ nearest }) => didYouMean(nearest, 'Name one of the columns of its file.'),
  }),
  PML1102: entry<UnknownDeclaration>({
    severity: 'error',
    title: 'No such feature',
    message: ({ name }) => `There is no feature \`${name}\`.`,
    mend: (params) => declaredElsewhere(params, 'Declare it with `feature`.'),
  }),
  PML1103: entry<UnknownDeclaration>({
    severity: 'error',
    title: 'No such source',
    message: ({ name }) => `There is no source \`${name}\`.`,
    mend: (params) =>
      declaredElsewhere(params, `Declare it: \`source ${params.name} = parquet("data/${params.name}.parquet")\`.`),
  }),
  PML1104: entry<UnknownDeclaration>({
    severity: 'error',
    title: 'No such entity',
    message: ({ name }) => `There is no entity \`${name}\`.`,
    mend: (params) => declaredElsewhere(params, `Declare it: \`entity ${params.name}(key: string)\`.`),
  }),
  PML1105: entry<Unknown>({
    severity: 'error',
    title: 'A model reads a name that it has not',
    message: ({ name }) => `\`${name}\` is no \`use\` and no \`let\` of this model.`,
    mend: ({ name, nearest }) => didYouMean(nearest, `Bring it to the model with \`use ${name}\`.`),
  }),
  PML1106: entry<Unknown>({
    severity: 'error',
    title: 'No such function',
    message: ({ name }) => `There is no function \`${name}\` here.`,
    mend: ({ nearest }) => didYouMean(nearest, 'The operators are listed in the reference.'),
  }),
  PML1107: entry<{ kind: string; name: string; other: string }>({
    severity: 'error',
    title: 'A name is declared twice',
    message: ({ kind, name, other }) => `The ${kind} \`${name}\` is declared already, in ${other}.`,
    mend: () => 'Rename one of them, or remove it.',
  }),
  PML1108: entry<{ name: string; other: string }>({
    severity: 'error',
    title: 'A model has a name twice',
    message: ({ name, other }) =>
      name === other
        ? `\`${name}\` stands twice in this model.`
        : `\`${name}\` differs from \`${other}\` in small and capital letters alone, which columns of a table must not.`,
    mend: () => 'Give one of them another name: one name is one node.',
  }),
  PML1110: entry<{ cycle: readonly string[] }>({
    severity: 'error',
    title: 'Names need each other in a circle',
    message: ({ cycle }) => `These need each other in a circle: ${cycle.map((name) => `\`${name}\``).join(' → ')}.`,
    mend: () => 'Break the circle at one of them.',
  }),
  PML1112: entry<Unknown & { from: string }>({
    severity: 'error',
    title: 'An import of something that is not there',
    message: ({ name, from }) => `\`${from}\` declares no \`${name}\`.`,
    mend: ({ nearest }) => didYouMean(nearest, 'Name a source, an entity or a feature that it declares.'),
  }),
  PML1113: entry<{ from: string; nearest: readonly string[]; reason: string | null }>({
    severity: 'error',
    title: 'An import from nowhere',
    message: ({ from, reason }) =>
      reason === null ? `There is no file \`${from}\` in this workspace.` : `\`${from}\` is not there: ${reason}`,
    mend: ({ nearest, reason }) =>
      reason === null
        ? didYouMean(nearest, 'Write the path of a `.proml` file from the workspace’s folder.')
        : 'Check the name and the version, and pull it: `proml pull features/<name>:<version> --from <registry>`.',
  }),
  PML1114: entry<{ from: string; problem: string }>({
    severity: 'error',
    title: 'A feature set that does not work here',
    message: ({ from, problem }) => `\`${from}\` does not work here: ${problem}`,
    mend: () => 'Bring the data that it reads into this workspace, or import another version.',
  }),
  PML1111: entry<{ name: string; role: string; side: 'feature' | 'model' }>({
    severity: 'error',
    title: 'A function stands on the wrong side',
    message: ({ name, role, side }) =>
      side === 'feature'
        ? `\`${name}\` is ${role} and works on the model side, not on columns.`
        : `\`${name}\` is ${role} and works on columns, not on the model side.`,
    mend: ({ side }) =>
      side === 'feature'
        ? 'Move it into a `let` of the model.'
        : 'Move it into a `use` of the model, or into a feature.',
  }),
}
