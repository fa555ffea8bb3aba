import { type Operator, type OperatorParameter, signatureOf, unfitted } from './operator'
import { operators, operatorsWith } from './table'

const cell = (text: string): string => text.replaceAll('|', '\\|')

const taskWords = { binary: 'yes or no', regression: 'a number', multiclass: 'one of several classes' } as const

const tasksOf = ({ tasks = ['binary', 'regression'] }: Operator): string =>
  tasks.map((task) => taskWords[task]).join(', ')

const boundsOf = ({ minimum, maximum }: OperatorParameter): string => {
  if (minimum === undefined) return ''
  return maximum === undefined ? `, at least ${minimum}` : `, ${minimum} to ${maximum}`
}

const parametersOf = ({ parameters }: Operator): string =>
  parameters
    .map((one) => `\`${one.name}\` ${one.default === null ? one.type : String(one.default)}${boundsOf(one)}`)
    .join('; ') || '–'

const isFitted = ({ lowerings }: Operator): boolean => lowerings.length > 0

const algorithmRow = (operator: Operator): string => {
  const missing = operator.takesMissing ? 'go their own way' : 'are refused; `impute` first'
  return `| \`${operator.name}\` | ${tasksOf(operator)} | ${missing} | ${cell(parametersOf(operator))} | ${cell(operator.documentation)} |`
}

const combinatorRow = (operator: Operator): string =>
  `| \`${operator.name}\` | ${tasksOf(operator)} | ${operator.isFitted ? 'the validation split' : '–'} | ${cell(parametersOf(operator))} | ${cell(operator.documentation)} |`

const keptRow = (operator: Operator): string => {
  const instead = (operator.instead ?? []).map((name) => `\`${name}\``).join(', ')
  return `| \`${cell(signatureOf(operator))}\` | ${cell(operator.documentation.replace(` ${unfitted}`, ''))} | ${instead} |`
}

/** Names that are kept: everything of the table that nothing runs yet. */
export const keptOperators = (): readonly Operator[] => operators.filter((operator) => !isFitted(operator))

/** `docs/algorithms.md`, made from the table. */
export const algorithmsReference = (): string =>
  [
    '# Algorithms',
    'What learns from a label, what brings predictions together, and what is still to come. This page is made from `shared/language/operators`; a test keeps it current, and another one trains every algorithm that stands here as fitted.',
    '## Fitted',
    'An algorithm is fitted on what the transforms’ ONNX graph makes of the training split, and is appended to that graph: `boosted_trees` by XGBoost, all others by scikit-learn. The answer is the probability of yes, or the number. The finished model is then run over the test split beside the estimator that was fitted; a run shows the largest difference as *parity*. The same program, rows and seed give the same bytes. Every parameter may be searched, as in `depth: tune(3..8)`.',
    `| algorithm | predicts | missing numbers | parameters | what it is |\n|---|---|---|---|---|\n${operatorsWith('algorithm').filter(isFitted).map(algorithmRow).join('\n')}`,
    '## Combinators',
    'They never learn from the rows that the algorithms were fitted on. Those that learn at all learn from the validation split, so the training split cannot leak into them; figures of the validation split, which a search maximizes too, are then a little too kind. Log-odds are taken as the algorithm made them. Where it made a probability instead (a tree, a forest, `mean`), one nearer than 0.0001 to 0 or 1 counts as that near, since float32 knows no more of it.',
    `| combinator | for | learns from | parameters | what it is |\n|---|---|---|---|---|\n${operatorsWith('combinator').filter(isFitted).map(combinatorRow).join('\n')}`,
    'Both predictions of a `cascade` are computed for every row: an ONNX graph without branches runs alike on every engine. Isotonic calibration is not offered, because its steps turn the seventh digit of a probability, in which engines differ, into one that everyone sees.',
    '## Not yet',
    'The names are kept, with their whole signature. They check, and where one is used the diagnostic PML1215 says that no trainer fits it and what to use for now.',
    `| signature | what it will be | for now |\n|---|---|---|\n${keptOperators().map(keptRow).join('\n')}\n`,
  ].join('\n\n')
