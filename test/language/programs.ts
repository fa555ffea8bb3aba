import fc from 'fast-check'

/** A token, and whether it must stay on the line of the one before it. */
type Word = string | { readonly glued: string }
type Words = readonly Word[]

const names = [
  'a',
  'distance',
  'hour',
  'from_delay',
  'größe',
  '`a column`',
  'origin',
  'x1',
  '_y',
  'time',
  'row',
  'rows',
  'kind',
  'unit',
]
const name = fc.constantFrom(...names)
const callee = fc.constantFrom('mean', 'f', 'log1p', 'boosted_trees', 'if')
const literal = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '15',
    '0.5',
    '1e-5',
    '"text"',
    '"with \\"quotes\\""',
    'true',
    'false',
    'null',
    '3h',
    '15m',
    '20MB',
    '5ms',
  ),
  fc.nat({ max: 1e6 }).map(String),
)
const operator = fc.constantFrom('+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', 'and', 'or')

const list = (items: readonly Words[]): Word[] => items.flatMap((item, index) => (index === 0 ? item : [',', ...item]))

const { expression } = fc.letrec<{ expression: Words; argument: Words }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    name.map((word): Words => [word]),
    literal.map((word): Words => [word]),
    fc
      .tuple(tie('expression'), operator, tie('expression'))
      .map(([left, word, right]): Words => [...left, word, ...right]),
    fc
      .tuple(fc.constantFrom('-', 'not'), tie('expression'))
      .map(([word, operand]): Words => [word, '(', ...operand, ')']),
    tie('expression').map((inner): Words => ['(', ...inner, ')']),
    fc
      .tuple(callee, fc.array(tie('argument'), { minLength: 2, maxLength: 6 }))
      .map(([word, items]): Words => [word, '(', ...list(items), ')']),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([condition, yes, no]): Words => ['if', '(', ...condition, ')', 'then', ...yes, 'else', '(', ...no, ')']),
  ),
  argument: fc.oneof(
    tie('expression'),
    fc.tuple(name, tie('expression')).map(([word, value]): Words => [word, ':', ...value]),
    fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 99 })).map(([low, high]): Words => [String(low), '..', String(high)]),
    fc.array(literal, { maxLength: 4 }).map((items): Words => ['[', ...list(items.map((item) => [item])), ']']),
  ),
}))

const maybe = (words: fc.Arbitrary<Words>): fc.Arbitrary<Words> => fc.oneof(fc.constant<Words>([]), words)
const seq = (...parts: fc.Arbitrary<Words>[]): fc.Arbitrary<Words> => fc.tuple(...parts).map((words) => words.flat())
const word = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<Words> => arbitrary.map((text) => [text])
const just = (...words: Word[]): fc.Arbitrary<Words> => fc.constant(words)
const glued = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<Words> => arbitrary.map((text) => [{ glued: text }])
const columns = fc.oneof(
  word(name),
  fc
    .array(name, { minLength: 1, maxLength: 3 })
    .map((items): Words => ['(', ...list(items.map((item) => [item])), ')']),
)

const type = fc.oneof(
  word(fc.constantFrom('int', 'float', 'time', 'duration')),
  just('vector', { glued: '[' }, '8', ']'),
)
const reader = fc.oneof(
  just('parquet', '(', '"a.parquet"', ')'),
  just('postgres', '(', 'secret', '(', '"shop"', ')', ',', 'table', ':', '"t"', ')'),
)
const source = seq(
  just('source'),
  glued(name),
  just('='),
  reader,
  maybe(
    seq(
      just('{'),
      maybe(seq(just('time'), word(name))),
      maybe(seq(just('row'), columns)),
      maybe(seq(just('schema', '(', 'a', ':'), type, just(',', 'b', ':'), type, just(')'))),
      just('}'),
    ),
  ),
)
const imported = seq(
  just('import'),
  glued(name),
  maybe(just('as', 'other')),
  maybe(just(',', 'second', 'as', 'third')),
  just('from', '"features/library.proml"'),
)
const entity = seq(just('entity'), glued(name), just('(', 'code', ':', 'string', ')'))
const attribute = fc.oneof(
  seq(just('default'), word(literal)),
  just('unit', '"min"'),
  just('tags', '[', 'a', ',', 'b', ']'),
  just('like', 'feast'),
  just('status', 'deprecated', '(', 'a', ')'),
  just('pii'),
)
const feature = seq(
  just('feature'),
  glued(name),
  maybe(seq(just(':'), type)),
  maybe(just('of', 'airport')),
  just('='),
  expression,
  maybe(
    seq(
      just('from', 'flights', 'by'),
      columns,
      maybe(seq(just('where'), expression)),
      maybe(just('over', '3h', 'lag', '15m')),
    ),
  ),
  fc.array(attribute, { maxLength: 3 }).map((items) => items.flat()),
)
const statement = fc.oneof(
  seq(just('use'), glued(name)),
  seq(just('use'), glued(name), just('='), expression, maybe(seq(just('by'), columns))),
  seq(just('let'), glued(name), just('='), expression),
  seq(just('output'), glued(name), just('='), expression),
)
const step = fc.oneof(
  seq(just('filter', { glued: 'a' }, '>'), word(literal)),
  seq(just('top', { glued: '5' }, 'by'), expression),
  seq(just('sort', { glued: 'by' }), expression, maybe(word(fc.constantFrom('ascending', 'descending')))),
  seq(just('group', { glued: 'by' }), columns),
  seq(just('distinct', { glued: 'by' }), columns),
  just('union', { glued: 'flights' }),
)
const blocks = seq(
  maybe(
    just(
      'train',
      { glued: '{' },
      'split',
      'time',
      '70',
      '/',
      '15',
      '/',
      '15',
      'search',
      '40',
      'trials',
      'maximize',
      'auc',
      'seed',
      '7',
      'folds',
      '5',
      'weight',
      'a',
      '*',
      '2',
      'engine',
      'spark',
      '(',
      '"yarn"',
      ')',
      'sampler',
      'tpe',
      'prune',
      'median',
      'schedule',
      '"0 3 * * *"',
      'online',
      'from',
      'clicks',
      '}',
    ),
  ),
  maybe(
    just(
      'validate',
      { glued: '{' },
      'auc',
      '>=',
      '0.65',
      'latency',
      { glued: 'p99' },
      '<=',
      '5ms',
      'size',
      '<=',
      '20MB',
      '}',
    ),
  ),
  maybe(
    just(
      'health',
      { glued: '{' },
      'drift',
      'psi',
      '<',
      '0.2',
      'on',
      'inputs',
      'freshness',
      '<',
      '1d',
      'retrain',
      'on',
      'decay',
      '}',
    ),
  ),
)
const model = seq(
  just('model'),
  glued(name),
  just('{'),
  maybe(seq(just('observe', { glued: 'flights' }), maybe(seq(just('where'), expression)))),
  maybe(just('rank', { glued: 'by' }, 'a')),
  fc
    .array(fc.oneof({ weight: 4, arbitrary: statement }, { weight: 1, arbitrary: step }), { maxLength: 6 })
    .map((items) => items.flat()),
  blocks,
  just('}'),
)
const declaration = fc.oneof(source, entity, feature, model, imported)

const gap = fc.constantFrom(
  ...Array<string>(12).fill(' '),
  '\n',
  '\n',
  '\n\n\n',
  '\t ',
  ' // a remark  \n',
  '\n// alone\n',
  ' /* in */ ',
  '\n/* two\nlines */\n',
  '\n/// told\n',
  '\r\n',
)

const needsNone = /^[()[\]{},:]$/

/** Programs without syntax errors, in any spacing, with comments in any place. */
export const programs: fc.Arbitrary<string> = fc
  .array(declaration, { minLength: 1, maxLength: 5 })
  .chain((declarations) => {
    const words = declarations.flat()
    return fc.array(gap, { minLength: words.length, maxLength: words.length }).map((gaps) =>
      words
        .map((each, index) => {
          if (typeof each !== 'string') return ` ${each.glued}`
          const before = gaps[index] ?? ' '
          // Half of the brackets stand tight, as people write them.
          return needsNone.test(each) && before === ' ' && index % 2 === 0 ? each : before + each
        })
        .join(''),
    )
  })

/** Texts near programs: cut, doubled, with strange characters put in. */
export const nearPrograms: fc.Arbitrary<string> = fc
  .tuple(
    programs,
    fc.array(
      fc.tuple(
        fc.nat({ max: 10_000 }),
        fc.nat({ max: 30 }),
        fc.constantFrom(
          '',
          '(',
          ')',
          '{',
          '}',
          '[',
          ']',
          '"',
          '`',
          '/*',
          '//',
          '///',
          '..',
          '=',
          'model',
          'use ',
          '\n',
          '§',
          '\u{1F600}',
          '\uD800',
          '\0',
          '1e',
          '9x',
          'feature x = ',
        ),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((now, [at, cut, put]) => {
      const start = at % (now.length + 1)
      return now.slice(0, start) + put + now.slice(start + cut)
    }, text),
  )
