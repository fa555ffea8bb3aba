import type { WordPlace } from '@shared/language/words'
import {
  clauseWords,
  constants,
  controlWords,
  durationUnits,
  functionNames,
  signOperators,
  sizeUnits,
  typeNames,
  wordOperators,
  wordsOf,
} from './tables'

interface Rule {
  readonly name?: string
  readonly match?: string
  readonly begin?: string
  readonly end?: string
  readonly include?: string
  readonly captures?: Captures
  readonly beginCaptures?: Captures
  readonly endCaptures?: Captures
  readonly patterns?: readonly Rule[]
}
type Captures = Readonly<Record<string, { readonly name: string }>>

/** The patterns are Oniguruma’s. `\b` and `\d` mean other characters there than the lexer’s, so they are spelled out. */
const name = '[\\p{L}_][\\p{L}\\p{M}\\p{N}_]*'
const anyName = `(?:${name}|\`[^\`]+\`)`
const oneOf = (texts: readonly string[]): string =>
  texts.map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')
const wordOf = (texts: readonly string[]): string =>
  `(?<![\\p{L}\\p{M}\\p{N}_])(${oneOf(texts)})(?![\\p{L}\\p{M}\\p{N}_])`
/** One run of digits is one token, whatever follows: no pattern may take a part of it. */
const digits = '(?>[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)'

/** Where the next declaration begins, whatever is still open before it ends. */
const declaration = `(?:${oneOf(wordsOf('file'))})(?![\\p{L}\\p{M}\\p{N}_])`
const nextDeclaration = `(?=(?<![\\p{L}\\p{M}\\p{N}_])${declaration}\\s+[\\p{L}_\`])`
const declarationOnNewLine = `(?=^\\s*${declaration}\\s+[\\p{L}_\`])`

const include = (...names: readonly string[]): Rule[] => names.map((each) => ({ include: `#${each}` }))

const numbers: readonly Rule[] = [
  ...[
    { kind: 'duration', units: durationUnits },
    { kind: 'size', units: sizeUnits },
  ].map(({ kind, units }) => ({
    name: `constant.numeric.${kind}.proml`,
    match: `${digits}(${oneOf(units)})(?![\\p{L}\\p{N}_])`,
    captures: { 1: { name: 'keyword.other.unit.proml' } },
  })),
  { name: 'invalid.illegal.unit.proml', match: `${digits}[\\p{L}_][\\p{L}\\p{N}_]*` },
  { name: 'constant.numeric.proml', match: digits },
]

const comments: readonly Rule[] = [
  { name: 'comment.line.documentation.proml', match: '///(?!/).*$' },
  { name: 'comment.line.double-slash.proml', match: '//.*$' },
  { name: 'comment.block.proml', begin: '/\\*', end: '\\*/' },
]

const strings: readonly Rule[] = [
  {
    name: 'string.quoted.double.proml',
    begin: '"',
    end: '"|$',
    patterns: [{ name: 'constant.character.escape.proml', match: '\\\\["\\\\ntr]' }, { match: '\\\\[^\\r\\n]' }],
  },
]

const bracket = (open: string, close: string, patterns: readonly Rule[]): Rule => ({
  begin: `\\${open}`,
  end: `\\${close}|${declarationOnNewLine}`,
  patterns,
})

/**
 * `word name`: the name after a word that declares or chooses one is a name, even if it is spelled like a word. Before a
 * parenthesis a word that a function shares is that function: `top(x, 3)`, but `row (a, b)`.
 */
const named = (words: readonly string[], keyword: string, after: string): Rule[] =>
  [
    { group: words.filter((word) => !functionNames.includes(word)), unless: '' },
    { group: words.filter((word) => functionNames.includes(word)), unless: '(?!\\s*\\()' },
  ]
    .filter(({ group }) => group.length > 0)
    .map(({ group, unless }) => ({
      match: `${wordOf(group)}${unless}(?:\\s+(${anyName}))?`,
      captures: { 1: { name: `${keyword}.proml` }, 2: { name: `${after}.proml` } },
    }))

const declares = (word: string, keyword: string, scope: string, end: string, patterns: readonly Rule[]): Rule => ({
  begin: `${wordOf([word])}(?:\\s+(${anyName}))?`,
  beginCaptures: { 1: { name: keyword }, 2: { name: scope } },
  end,
  patterns,
})

const clauseBlock = (word: 'train' | 'validate' | 'health'): Rule => ({
  begin: `${wordOf([word])}\\s*\\{`,
  beginCaptures: { 1: { name: 'keyword.other.statement.proml' } },
  end: `\\}|${declarationOnNewLine}`,
  patterns: [...include('comments'), clauseOf(word), ...include('settings')],
})

/** A clause’s own words; whatever else stands in it chooses something: `time`, `trials`, `auc`. */
const clauseOf = (...places: readonly WordPlace[]): Rule => ({
  name: 'keyword.other.clause.proml',
  match: wordOf(places.flatMap(wordsOf)),
})

const declarations: readonly Rule[] = [
  declares('source', 'keyword.declaration.source.proml', 'entity.name.namespace.proml', `(?<=\\})|${nextDeclaration}`, [
    ...include('comments', 'typed'),
    {
      ...bracket('{', '}', [
        ...include('comments'),
        ...named(wordsOf('source'), 'keyword.other.clause', 'variable.other.column'),
        ...include('typed', 'literals', 'names'),
      ]),
    },
    { match: `(${name})(?=\\s*\\()`, captures: { 1: { name: 'support.function.reader.proml' } } },
    ...include('literals', 'operators', 'names'),
  ]),
  declares('entity', 'keyword.declaration.entity.proml', 'entity.name.type.proml', `(?<=\\))|${nextDeclaration}`, [
    ...include('comments', 'typed', 'literals', 'names'),
  ]),
  declares('feature', 'keyword.declaration.feature.proml', 'entity.name.function.proml', nextDeclaration, [
    // A call first: `all(x)` is one, `over all` is none.
    ...include('comments', 'type', 'calls'),
    { name: 'keyword.other.clause.proml', match: wordOf(wordsOf('feature')) },
    ...include('expression'),
  ]),
  declares('model', 'keyword.declaration.model.proml', 'entity.name.class.proml', `(?<=\\})|${nextDeclaration}`, [
    ...include('comments'),
    bracket('{', '}', [
      ...include('comments'),
      ...(['train', 'validate', 'health'] as const).map(clauseBlock),
      ...named(wordsOf('model'), 'keyword.other.statement', 'variable.other.definition'),
      ...include('clauses'),
      bracket('{', '}', [...include('comments'), clauseOf('train', 'validate', 'health'), ...include('settings')]),
      ...include('expression'),
    ]),
    ...include('literals', 'names'),
  ]),
  ...named(['namespace'], 'keyword.declaration', 'entity.name.namespace'),
  { name: 'keyword.declaration.proml', match: wordOf(wordsOf('file')) },
  // What goes on with a namespace or an import: `like feathr`, `busy as crowded from "…"`.
  { name: 'keyword.other.clause.proml', match: wordOf([...wordsOf('feature'), 'as']) },
]

const repository: Readonly<Record<string, readonly Rule[]>> = {
  comments,
  declarations,
  literals: [...strings, ...numbers],
  names: [
    { name: 'variable.other.quoted.proml', match: '`[^`]+`' },
    { name: 'variable.other.proml', match: name },
  ],
  type: [
    {
      match: `:\\s*${wordOf(typeNames)}`,
      captures: { 1: { name: 'support.type.proml' } },
    },
  ],
  /** What stands in parentheses with types: an entity’s keys, a schema. */
  typed: [
    bracket('(', ')', [
      ...include('comments', 'type'),
      { name: 'variable.parameter.proml', match: `${name}(?=\\s*:)` },
      ...include('expression'),
    ]),
  ],
  operators: [
    { name: 'keyword.operator.word.proml', match: wordOf(wordOperators) },
    { name: 'keyword.operator.range.proml', match: '\\.\\.' },
    { name: 'keyword.operator.proml', match: oneOf(signOperators.filter((sign) => sign !== '=')) },
    { name: 'keyword.operator.assignment.proml', match: '=' },
  ],
  calls: [{ match: `${wordOf(functionNames)}(?=\\s*\\()`, captures: { 1: { name: 'support.function.proml' } } }],
  clauses: [{ name: 'keyword.other.clause.proml', match: wordOf(clauseWords) }],
  settings: [
    ...include('literals', 'operators', 'parentheses'),
    { name: 'variable.other.quoted.proml', match: '`[^`]+`' },
    { name: 'support.constant.proml', match: name },
  ],
  parentheses: [
    bracket('(', ')', [
      ...include('comments'),
      { name: 'variable.parameter.proml', match: `${name}(?=\\s*:)` },
      ...include('expression'),
    ]),
    bracket('[', ']', include('comments', 'expression')),
  ],
  expression: [
    ...include('literals', 'operators', 'parentheses'),
    { name: 'keyword.control.proml', match: wordOf(controlWords) },
    { name: 'constant.language.proml', match: wordOf(constants) },
    ...include('calls', 'names'),
  ],
}

/** `proml.tmLanguage.json`: the grammar of VS Code, IntelliJ and whatever else reads TextMate’s. */
export const textMateGrammar = (): string =>
  `${JSON.stringify(
    {
      information_for_contributors: [
        'Made from the tables of shared/language by resources/ide/generate.',
        'A test holds it to them; npx vitest run test/ide/grammar -u writes it anew.',
      ],
      name: 'Pro-ML',
      scopeName: 'source.proml',
      fileTypes: ['proml'],
      patterns: [...include('comments', 'declarations', 'expression')],
      repository: Object.fromEntries(Object.entries(repository).map(([key, patterns]) => [key, { patterns }])),
    },
    null,
    2,
  )}\n`
