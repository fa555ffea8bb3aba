import {
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

const clauses = (['source', 'feature', 'train', 'validate', 'health'] as const).flatMap(wordsOf)
/** `over all` is a word, `all(x)` a call. A keyword of Vim goes before any pattern, so these are patterns too. */
const isAlsoFunction = (word: string): boolean => functionNames.includes(word)

const keywords = (group: string, words: readonly string[], more = ''): string =>
  `syntax keyword ${group} ${[...new Set(words)].join(' ')}${more}`

const wordsNotCalls = (group: string, words: readonly string[]): string =>
  [
    keywords(
      group,
      words.filter((word) => !isAlsoFunction(word)),
    ),
    ...words.filter(isAlsoFunction).map((word) => `syntax match ${group} /\\<${word}\\>\\%(\\s*(\\)\\@!/`),
  ].join('\n')

const anyOf = (words: readonly string[]): string => `\\%(${words.join('\\|')}\\)`
const sign = (text: string): string => text.replace(/[*./~[\]^$\\]/g, '\\$&')
/** From the first digit of a token on: the digits in a name are no number. */
const digits = '\\<\\d\\+\\%(\\.\\d\\+\\)\\?\\%([eE][+-]\\?\\d\\+\\)\\?'

const groups: readonly (readonly [group: string, link: string])[] = [
  ['promlDeclaration', 'Structure'],
  ['promlStatement', 'Statement'],
  ['promlClause', 'Keyword'],
  ['promlConditional', 'Conditional'],
  ['promlConstant', 'Constant'],
  ['promlWordOperator', 'Operator'],
  ['promlOperator', 'Operator'],
  ['promlFunction', 'Function'],
  ['promlType', 'Type'],
  ['promlParameter', 'Identifier'],
  ['promlNumber', 'Number'],
  ['promlDuration', 'Number'],
  ['promlSize', 'Number'],
  ['promlWrongUnit', 'Error'],
  ['promlString', 'String'],
  ['promlEscape', 'SpecialChar'],
  ['promlQuotedName', 'Identifier'],
  ['promlComment', 'Comment'],
  ['promlDocumentation', 'SpecialComment'],
]

/** `syntax/proml.vim`, for Neovim and Vim. */
export const vimSyntax = (): string =>
  `" Pro-ML. Made from the tables of shared/language by resources/ide/generate; a test holds it to them, and
" npx vitest run test/ide/grammar -u writes it anew.
if exists('b:current_syntax')
  finish
endif

syntax case match
syntax iskeyword @,48-57,_

${keywords('promlDeclaration', wordsOf('file'))}
${wordsNotCalls('promlStatement', wordsOf('model'))}
${wordsNotCalls('promlClause', [...clauses, 'as'])}
${keywords('promlConditional', controlWords)}
${keywords('promlConstant', constants)}
${keywords('promlWordOperator', wordOperators)}
syntax match promlFunction /\\<${anyOf(functionNames)}\\>\\ze\\s*(/
syntax match promlTyped /:\\s*${anyOf(typeNames)}\\>/ contains=promlType
${keywords('promlType', typeNames, ' contained')}

syntax match promlOperator /${[...signOperators, '..'].map(sign).join('\\|')}/
syntax match promlWrongUnit /${digits}\\k\\+/
syntax match promlNumber /${digits}\\%(\\k\\|\\.\\d\\)\\@!/
syntax match promlDuration /${digits}${anyOf(durationUnits)}\\k\\@!/
syntax match promlSize /${digits}${anyOf(sizeUnits)}\\k\\@!/

syntax match promlEscape /\\\\["\\\\ntr]/ contained
syntax region promlString start=/"/ skip=/\\\\./ end=/"\\|$/ contains=promlEscape
syntax match promlQuotedName /\`[^\`]\\+\`/
syntax match promlComment /\\/\\/.*/ contains=@Spell
syntax match promlDocumentation /\\/\\/\\/\\/\\@!.*/ contains=@Spell
syntax region promlComment start=/\\/\\*/ end=/\\*\\// contains=@Spell

" In parentheses stand names, never clauses: a column may be called \`unit\`.
syntax match promlParameter /\\k\\+\\ze\\s*:/ contained
syntax cluster promlInside contains=promlConditional,promlConstant,promlWordOperator,promlOperator,promlFunction,promlTyped
syntax cluster promlInside add=promlParameter,promlNumber,promlDuration,promlSize,promlWrongUnit,promlString
syntax cluster promlInside add=promlQuotedName,promlComment,promlDocumentation,promlParentheses
syntax region promlParentheses start=/(/ end=/)/ transparent contains=@promlInside

${groups.map(([group, link]) => `highlight default link ${group} ${link}`).join('\n')}

syntax sync minlines=200
let b:current_syntax = 'proml'
`
