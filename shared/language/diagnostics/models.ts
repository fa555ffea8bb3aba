import { entry } from './entry'
import { didYouMean, listed } from './wording'

/** Models: `PML15nn`. */
export const modelDiagnostics = {
  PML1501: entry<{ model: string }>({
    severity: 'error',
    title: 'A model that observes nothing',
    message: ({ model }) => `\`${model}\` does not say which rows it predicts for.`,
    mend: () => 'Add `observe` and a source.',
  }),
  PML1502: entry<{ model: string }>({
    severity: 'error',
    title: 'A model without an output',
    message: ({ model }) => `Nothing leaves \`${model}\`.`,
    mend: () => 'Add `output`, as in `output score = probability(…)`.',
  }),
  PML1504: entry<{ name: string }>({
    severity: 'error',
    title: '`by` on something that is no feature of an entity',
    message: ({ name }) => `\`${name}\` is no feature of an entity, so \`by\` has nothing to join.`,
    mend: () => 'Remove `by`, or name a feature.',
  }),
  PML1507: entry<{ name: string; type: string; mend: string }>({
    severity: 'error',
    title: 'A type that cannot enter a model',
    message: ({ name, type }) => `\`${name}\` is ${type}, which cannot enter a model.`,
    mend: ({ mend }) => mend,
  }),
  PML1508: entry<{ name: string; type: string; mend: string }>({
    severity: 'error',
    title: 'A text or flag that may be missing',
    message: ({ name, type }) => `\`${name}\` is ${type} that may be null, and only numbers may be missing in a model.`,
    mend: ({ mend }) => mend,
  }),
  PML1509: entry<{ algorithm: string; inputs: readonly string[] }>({
    severity: 'error',
    title: 'Missing numbers reach an algorithm that cannot take them',
    message: ({ algorithm, inputs }) =>
      `\`${algorithm}\` cannot learn from missing numbers, and ${listed(inputs)} may be null.`,
    mend: () => 'Wrap it in `impute(…)`, or give the feature a `default`.',
  }),
  PML1510: entry<{ feature: string }>({
    severity: 'error',
    title: 'A feature inside a row expression',
    message: ({ feature }) =>
      `\`${feature}\` is a feature of an entity and cannot stand inside an expression of columns.`,
    mend: ({ feature }) =>
      `Bring it with a \`use\` of its own (\`use ${feature} by …\`) and compute with it in a \`let\`.`,
  }),
  PML1511: entry<{ algorithm: string }>({
    severity: 'error',
    title: 'An algorithm without a label',
    message: ({ algorithm }) => `\`${algorithm}\` has nothing to learn: the model predicts no label.`,
    mend: () => 'Add `predict`, as in `predict late = delay > 15`.',
  }),
  PML1512: entry<{ operator: string; task: string; instead: readonly string[] }>({
    severity: 'error',
    title: 'An operator that does not fit the label',
    message: ({ operator, task }) => `\`${operator}\` does not fit a label that is ${task}.`,
    mend: ({ instead }) => (instead.length === 0 ? 'Predict true or false, or a number.' : `Use ${listed(instead)}.`),
  }),
  PML1513: entry<{ output: string; fn: string }>({
    severity: 'error',
    title: 'An output that does not say what it is',
    message: ({ output }) => `\`${output}\` does not say what leaves: a probability, a class or a value.`,
    mend: ({ fn }) => `Write \`${fn}(…)\` around it.`,
  }),
  PML1514: entry<{ operator: string; input: string }>({
    severity: 'error',
    title: 'A prediction used as data',
    message: ({ operator, input }) => `\`${input}\` is a prediction, and \`${operator}\` takes data.`,
    mend: () => 'Combine predictions with `stack`, `mean` or `weighted`.',
  }),
  PML1515: entry<{ operator: string; input: string }>({
    severity: 'error',
    title: 'Data used as a prediction',
    message: ({ operator, input }) => `\`${operator}\` takes the answer of an algorithm, and \`${input}\` is data.`,
    mend: () => 'Give it a `let` with an algorithm such as `logistic(…)` or `boosted_trees(…)`.',
  }),
  PML1516: entry<{ split: string }>({
    severity: 'error',
    title: 'A split into other than three parts',
    message: ({ split }) => `\`${split}\` is no division into training, validation and test.`,
    mend: () => 'Write three positive shares, as in `70/15/15`.',
  }),
  PML1518: entry<{ metric: string; nearest: readonly string[]; known: readonly string[] }>({
    severity: 'error',
    title: 'No such metric',
    message: ({ metric }) => `There is no metric \`${metric}\` here.`,
    mend: ({ nearest, known }) => didYouMean(nearest, `Use ${listed(known, 12)}.`),
  }),
  PML1519: entry<{ metric: string; task: string; instead: readonly string[] }>({
    severity: 'error',
    title: 'A metric that does not fit the label',
    message: ({ metric, task }) => `\`${metric}\` cannot judge a label that is ${task}.`,
    mend: ({ instead }) => `Use ${listed(instead)}.`,
  }),
  PML1520: entry<{ what: string; expected: string; found: string }>({
    severity: 'error',
    title: 'A limit of the wrong kind',
    message: ({ what, expected, found }) => `The limit of \`${what}\` is ${expected}, not ${found}.`,
    mend: ({ expected }) => `Write ${expected}.`,
  }),
  PML1521: entry<{ metric: string; word: string }>({
    severity: 'error',
    title: 'A quantile that is none',
    message: ({ metric, word }) =>
      metric === 'latency' ? `\`${word}\` is no quantile.` : `\`${metric}\` takes no \`${word}\`.`,
    mend: ({ metric }) => (metric === 'latency' ? 'Write `p50`, `p90`, `p95` or `p99`.' : 'Remove it.'),
  }),
  PML1522: entry<{ word: string; what: string; known: readonly string[] }>({
    severity: 'error',
    title: 'A word that a clause does not know',
    message: ({ word, what }) => `\`${word}\` is no ${what}.`,
    mend: ({ known }) => `Write ${listed(known)}.`,
  }),
  PML1523: entry<{ on: string }>({
    severity: 'error',
    title: 'Retraining on something that nobody watches',
    message: ({ on }) => `\`retrain on ${on}\` waits for something that nothing here watches.`,
    mend: ({ on }) => (on === 'decay' ? 'Add `decay auc < 0.03`.' : 'Add `drift psi < 0.2 on inputs`.'),
  }),
  PML1524: entry<{ label: string; type: string }>({
    severity: 'error',
    title: 'A label that cannot be learned',
    message: ({ label, type }) => `The label \`${label}\` is ${type}, which cannot be learned.`,
    mend: () => 'Predict true or false (`delay > 15`) or a number (`delay`).',
  }),
  PML1525: entry<{ what: string; expected: string }>({
    severity: 'error',
    title: 'A number out of bounds',
    message: ({ what, expected }) => `\`${what}\` is ${expected}.`,
    mend: ({ expected }) => `Write ${expected}.`,
  }),
  PML1526: entry<{ entity: string; source: string; missing: readonly string[] }>({
    severity: 'error',
    title: 'A split by an entity that the rows do not name',
    message: ({ entity, source, missing }) =>
      `\`${source}\` has no column ${listed(missing)}, so its rows name no \`${entity}\`.`,
    mend: () => 'Split by an entity whose keys are columns of the observed source, or by time.',
  }),
  PML1527: entry<{ step: string }>({
    severity: 'error',
    title: 'A ranking step in a model that ranks nothing',
    message: ({ step }) =>
      `\`${step}\` works on the candidates of a request, and the model does not say what a request is.`,
    mend: () => 'Add `rank by` and the column that tells requests apart.',
  }),
  PML1528: entry<{ source: string; other: string; missing: readonly string[] }>({
    severity: 'error',
    title: 'More candidates with other columns',
    message: ({ source, other, missing }) =>
      `\`${other}\` has no column ${listed(missing)}, which rows of \`${source}\` have.`,
    mend: () => 'Unite sources with the same columns.',
  }),
  PML1529: entry<{ found: string }>({
    severity: 'error',
    title: 'A weight that is no number',
    message: ({ found }) => `A row’s weight is a number; this is ${found}.`,
    mend: () => 'Write an expression of columns that is a number, as in `weight if(delay > 60, 2, 1)`.',
  }),
  PML1530: entry<{ text: string }>({
    severity: 'error',
    title: 'A schedule that cannot be read',
    message: ({ text }) => `\`${text}\` is no schedule.`,
    mend: () => 'Write five fields of cron, as in `"0 3 * * 1-5"`: minute, hour, day, month, weekday, in UTC.',
  }),
  PML1531: entry<{ source: string }>({
    severity: 'error',
    title: 'Online learning from something that does not flow',
    message: ({ source }) => `\`${source}\` is no stream.`,
    mend: () => 'Name a source that is `kafka(…)`.',
  }),
  PML1532: entry<{ name: string; mend: string }>({
    severity: 'error',
    title: 'A vector of unknown length',
    message: ({ name }) => `\`${name}\` is a list of numbers, and nothing says how many each has.`,
    mend: ({ mend }) => mend,
  }),
}
