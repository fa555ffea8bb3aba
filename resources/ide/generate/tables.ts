import { valueTypes } from '@shared/data/profile'
import { callableNames, operators } from '@shared/language/operators/table'
import { durationMicros, sizeBytes } from '@shared/language/syntax/lexer'
import { reservedWords, type WordPlace, words } from '@shared/language/words'

/** What the editors' grammars are made from: the language's own tables, so that a new word or operator never lags. */
export const wordsOf = (place: WordPlace): readonly string[] =>
  words.filter((each) => each.place === place).map(({ word }) => word)

const constantNames: ReadonlySet<string> = new Set(['true', 'false', 'null'])
const symbols = [...new Set(operators.filter(({ isSymbol }) => isSymbol).map(({ name }) => name))]

export const constants = wordsOf('expression').filter((word) => constantNames.has(word))
/** `and`, `or`, `not`. */
export const wordOperators = wordsOf('expression').filter((word) => symbols.includes(word))
/** `+`, `<=`, …: the longer ones first, as a pattern must try them. The sign of `-x` has a name in the table, `neg`. */
export const signOperators = symbols
  .filter((symbol) => !/\p{L}/u.test(symbol))
  .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
/** `if`, `then`, `else`. */
export const controlWords = wordsOf('expression').filter(
  (word) => !constantNames.has(word) && !wordOperators.includes(word),
)
/** Words of a feature that are never a plain name, so that they may be told anywhere in a model too. */
export const clauseWords = wordsOf('feature').filter((word) => reservedWords.has(word))
export const functionNames = [...new Set([...callableNames('feature'), ...callableNames('model')])]
  .filter((name) => !controlWords.includes(name))
  .sort()
export const typeNames = valueTypes.filter((type) => type !== 'unknown')
export const durationUnits = Object.keys(durationMicros)
export const sizeUnits = Object.keys(sizeBytes)
