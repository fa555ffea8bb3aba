import { reservedWords, words } from '../language/words'

const plainName = /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u
const keywords: ReadonlySet<string> = new Set([...reservedWords, ...words.map(({ word }) => word)])

/** Whether the language can say a column’s name at all. */
export const canSpell = (name: string): boolean => name !== '' && !/[`\p{Cc}\u2028\u2029]/u.test(name)

/** A name as a program says it; one that could be taken for a word of the language stands in backquotes. */
export const spelled = (name: string): string => (plainName.test(name) && !keywords.has(name) ? name : `\`${name}\``)

export const spelledList = (names: readonly string[]): string =>
  names.length === 1 ? names.map(spelled).join('') : `(${names.map(spelled).join(', ')})`

/** Whether a text can stand between quotation marks of a program. */
export const canQuote = (text: string): boolean => !/[^\P{Cc}\n\t]|[\u2028\u2029]/u.test(text)

export const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`

/** A name that people read in a comment: on one line, and not too long. */
export const shown = (name: string): string => {
  const line = name.replace(/[\p{Cc}\u2028\u2029`]+/gu, ' ').trim()
  return `\`${line.length > 60 ? `${line.slice(0, 59)}…` : line}\``
}

export const shownList = (names: readonly string[]): string => {
  const all = names.map(shown)
  const last = all.pop()
  return all.length === 0 ? (last ?? '') : `${all.join(', ')} and ${last}`
}

/** The words of a column’s name: `pickupDateTime` and `pickup_date_time` are the same three. */
export const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')

/** Names that a program makes up: plain, and each given once. */
export const createNames = (taken: Iterable<string> = []) => {
  const used = new Set(taken)
  return (wanted: string): string => {
    const plain = identifierOf(wanted)
    let name = keywords.has(plain) ? `${plain}_1` : plain
    for (let count = 2; used.has(name); count++) name = `${plain}_${count}`
    used.add(name)
    return name
  }
}

/** `My file (1)` as `my_file_1`. */
export const identifierOf = (text: string): string => {
  const joined = wordsOf(text).join('_')
  if (joined === '') return 'data'
  return /^\p{N}/u.test(joined) ? `_${joined}` : joined
}
