import { type Operator, type OperatorRole, signatureOf } from './operator'
import { operatorsWith } from './table'

const sections: readonly (readonly [role: OperatorRole, title: string, about: string])[] = [
  [
    'row',
    'Functions of one row',
    'In features, in `where`, in `use`, in `predict`. They compile to SQL, of DuckDB and of Spark.',
  ],
  [
    'aggregate',
    'Aggregates',
    'What a feature says of many rows. An empty window gives null, and `count` and `distinct` 0; then `default`.',
  ],
  ['transform', 'Transforms', 'In `let`. They compile to ONNX; those that learn, learn from the training split alone.'],
  ['algorithm', 'Algorithms', 'In `let`. They are fitted to the label on what the transforms give.'],
  ['combinator', 'Combinators', 'In `let`. They bring predictions together.'],
  ['output', 'Output functions', 'In `output`. They say what leaves the model.'],
]

const cell = (text: string): string => text.replaceAll('|', '\\|')

const row = (operator: Operator): string => {
  const parameters = operator.parameters.map(({ name, documentation }) => `\`${name}\`: ${documentation}`)
  const about = [operator.documentation, ...parameters].join(' ')
  return `| \`${cell(signatureOf(operator))}\` | ${cell(about)} | \`${cell(operator.example)}\` |`
}

/** `docs/operators.md`, made from the table. */
export const operatorsReference = (): string =>
  [
    '# Operators',
    'Every function, aggregate, transform and algorithm of the language. This page is made from `shared/language/operators`, the table that the checker, completion, the graph and the compilers read; a test keeps it current.',
    ...sections.map(
      ([role, title, about]) =>
        `## ${title}\n\n${about}\n\n| signature | what it does | example |\n|---|---|---|\n${operatorsWith(role).map(row).join('\n')}\n`,
    ),
  ].join('\n\n')
