/** Where a word of the language may stand. */
export type WordPlace = 'file' | 'source' | 'feature' | 'model' | 'expression' | 'train' | 'validate' | 'health'

export interface Word {
  readonly word: string
  readonly place: WordPlace
  readonly documentation: string
  /** What completion writes after choosing it; `$1`, `$2` are where the cursor goes. */
  readonly snippet?: string
}

/** Words of the language that are no operators, for completion, hover and highlighting. */
export const words: readonly Word[] = [
  { word: 'namespace', place: 'file', documentation: 'The name that all names of this file stand under.' },
  {
    word: 'import',
    place: 'file',
    documentation: 'Brings sources, entities and features of another namespace: all files of this one then see them.',
    snippet: 'import ${1:name} from "${2:features/file.proml}"',
  },
  {
    word: 'source',
    place: 'file',
    documentation: 'Where data is: a file or a glob, with its event time and its row key.',
    snippet: 'source ${1:name} = parquet("${2:data/file.parquet}") {\n  time ${3:date}\n}',
  },
  {
    word: 'entity',
    place: 'file',
    documentation: 'What features describe, with its keys.',
    snippet: 'entity ${1:name}(${2:key}: ${3:string})',
  },
  {
    word: 'feature',
    place: 'file',
    documentation: 'What is known about an entity at a moment, or about one row.',
    snippet:
      'feature ${1:name}: ${2:float} of ${3:entity}\n  = ${4:mean(value)} from ${5:source} by ${6:key} over ${7:3h}',
  },
  {
    word: 'model',
    place: 'file',
    documentation: 'How a prediction is made: a dataflow from uses over lets to outputs.',
    snippet:
      'model ${1:name} {\n  observe ${2:source}\n  predict ${3:label} = ${4:expression}\n\n  use ${5:column}\n\n  output ${6:score} = ${7:expression}\n}',
  },
  { word: 'time', place: 'source', documentation: 'The column that says when a row happened.' },
  { word: 'created', place: 'source', documentation: 'The column that says when a row arrived.' },
  { word: 'row', place: 'source', documentation: 'The columns that tell rows of one time apart.' },
  {
    word: 'schema',
    place: 'source',
    documentation: 'The columns and their types, where the data cannot be asked: `schema (id: int, at: time)`.',
  },
  { word: 'of', place: 'feature', documentation: 'The entity that the feature describes.' },
  { word: 'from', place: 'feature', documentation: 'The source whose rows are read.' },
  { word: 'by', place: 'feature', documentation: 'The columns that hold the entity’s keys.' },
  { word: 'where', place: 'feature', documentation: 'Only rows for which this holds.' },
  {
    word: 'over',
    place: 'feature',
    documentation: 'How far back the window reaches: `3h`, `7d`, `20 rows`, `all`. Its right end is open.',
  },
  { word: 'lag', place: 'feature', documentation: 'How long before the moment the window ends.' },
  {
    word: 'inclusive',
    place: 'feature',
    documentation: 'Closes the window at its right end. A row may then see itself.',
  },
  { word: 'rows', place: 'feature', documentation: 'Counts rows instead of time: `over 20 rows`.' },
  { word: 'all', place: 'feature', documentation: 'Every row before the moment.' },
  { word: 'default', place: 'feature', documentation: 'Stands in where nothing is known.' },
  { word: 'unit', place: 'feature', documentation: 'Unit of the values.' },
  { word: 'owner', place: 'feature', documentation: 'Who answers for the feature.' },
  { word: 'tags', place: 'feature', documentation: 'Words to find it by: `tags [delay, recent]`.' },
  { word: 'status', place: 'feature', documentation: '`draft`, `reviewed` or `deprecated`.' },
  {
    word: 'kind',
    place: 'feature',
    documentation: '`numeric`, `categorical`, `boolean`, `text`, `temporal` or `embedding`.',
  },
  {
    word: 'like',
    place: 'feature',
    documentation: 'Whose window this is, to the microsecond: `feast`, `feathr` or `chronon`.',
  },
  { word: 'pii', place: 'feature', documentation: 'Holds personal data.' },
  { word: 'observe', place: 'model', documentation: 'The source whose rows are predicted: one row, one prediction.' },
  { word: 'predict', place: 'model', documentation: 'The label: what the model learns to tell.' },
  {
    word: 'rank',
    place: 'model',
    documentation: 'The column whose equal values make one request, whose candidates are ranked: `rank by query`.',
    snippet: 'rank by ${1:column}',
  },
  {
    word: 'filter',
    place: 'model',
    documentation: 'Keeps the candidates for which this holds.',
    snippet: 'filter ${1:condition}',
  },
  {
    word: 'top',
    place: 'model',
    documentation: 'Keeps so many candidates, those with the greatest value.',
    snippet: 'top ${1:50} by ${2:value}',
  },
  {
    word: 'sort',
    place: 'model',
    documentation: 'Sorts the candidates, the greatest first unless `ascending`.',
    snippet: 'sort by ${1:value}',
  },
  {
    word: 'group',
    place: 'model',
    documentation: 'What follows works on each group of candidates by itself.',
    snippet: 'group by ${1:column}',
  },
  {
    word: 'distinct',
    place: 'model',
    documentation: 'Keeps the first of the candidates with equal columns.',
    snippet: 'distinct by ${1:column}',
  },
  {
    word: 'union',
    place: 'model',
    documentation: 'Adds the rows of another source to the candidates.',
    snippet: 'union ${1:source}',
  },
  { word: 'use', place: 'model', documentation: 'Brings one column or feature to the row, as of the row’s time.' },
  { word: 'let', place: 'model', documentation: 'Names one operation.' },
  { word: 'output', place: 'model', documentation: 'Names what leaves the model.' },
  {
    word: 'train',
    place: 'model',
    documentation: 'How the model is trained.',
    snippet: 'train { split time 70/15/15  seed ${1:7} }',
  },
  {
    word: 'validate',
    place: 'model',
    documentation: 'Gates that the model must pass before it is pushed.',
    snippet: 'validate { auc >= ${1:0.65} }',
  },
  {
    word: 'health',
    place: 'model',
    documentation: 'What is watched once the model runs.',
    snippet: 'health { drift psi < ${1:0.2} on inputs }',
  },
  { word: 'split', place: 'train', documentation: 'How rows are divided: `split time 70/15/15`.' },
  { word: 'search', place: 'train', documentation: 'Tries hyperparameters: `search 40 trials maximize auc`.' },
  { word: 'folds', place: 'train', documentation: 'Judges each trial by cross-validation in so many folds.' },
  { word: 'weight', place: 'train', documentation: 'How much a row counts: `weight if(delay > 60, 2, 1)`.' },
  { word: 'engine', place: 'train', documentation: 'Where it is trained: `engine local` or `engine spark("yarn")`.' },
  {
    word: 'sampler',
    place: 'train',
    documentation: 'How a search chooses: `tpe` learns from earlier trials, or `random`.',
  },
  { word: 'prune', place: 'train', documentation: 'Whether poor trials end early: `median` or `none`.' },
  {
    word: 'schedule',
    place: 'train',
    documentation: 'When it is trained again, as cron says it: `schedule "0 3 * * *"`.',
  },
  {
    word: 'online',
    place: 'train',
    documentation: 'The stream that the model goes on learning from.',
    snippet: 'online from ${1:stream}',
  },
  { word: 'seed', place: 'train', documentation: 'The same file, data and seed give the same model.' },
  { word: 'parity', place: 'validate', documentation: 'The largest difference between engines.' },
  { word: 'latency', place: 'validate', documentation: 'How long one row may take: `latency p99 <= 5ms`.' },
  { word: 'size', place: 'validate', documentation: 'How large the model may be: `size <= 20MB`.' },
  { word: 'drift', place: 'health', documentation: 'How far inputs may move: `drift psi < 0.2 on inputs`.' },
  { word: 'decay', place: 'health', documentation: 'How much a metric may lose: `decay auc < 0.03`.' },
  { word: 'nulls', place: 'health', documentation: 'How many inputs may be null.' },
  { word: 'freshness', place: 'health', documentation: 'How old the newest data may be: `freshness < 1d`.' },
  { word: 'retrain', place: 'health', documentation: 'When to train again: `retrain on decay`.' },
  { word: 'and', place: 'expression', documentation: 'Both hold (three-valued).' },
  { word: 'or', place: 'expression', documentation: 'Either holds (three-valued).' },
  { word: 'not', place: 'expression', documentation: 'Does not hold (three-valued).' },
  { word: 'if', place: 'expression', documentation: '`if c then a else b`.' },
  { word: 'then', place: 'expression', documentation: 'What holds when the condition does.' },
  { word: 'else', place: 'expression', documentation: 'What holds when the condition does not.' },
  { word: 'true', place: 'expression', documentation: 'The value true.' },
  { word: 'false', place: 'expression', documentation: 'The value false.' },
  { word: 'null', place: 'expression', documentation: 'Nothing is known.' },
]

/** Names that a rename refuses: read back, they could be taken for the word. */
export const reservedWords: ReadonlySet<string> = new Set([
  ...words
    .filter(({ place }) => place === 'file' || place === 'model' || place === 'expression')
    .map(({ word }) => word),
  ...['from', 'by', 'where', 'over', 'lag', 'of', 'default', 'inclusive'],
])
