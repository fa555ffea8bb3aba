/** How well `text` answers `query`: 0 for not at all, higher is better. Every word of the query must be there in any order. */
export const matchScore = (query: string, text: string): number => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return 1
  const lower = text.toLowerCase()
  let total = 0
  for (const word of words) {
    const score = wordScore(word, lower, text)
    if (score === 0) return 0
    total += score
  }
  // Of two equal matches the shorter text is the closer one.
  return total / words.length + 1 / (1 + text.length)
}

const isBoundary = (text: string, at: number): boolean => {
  const before = text[at - 1]
  const here = text[at] ?? ''
  return before === undefined || /[\s/_.\-:>]/.test(before) || (/[a-z]/.test(before) && /[A-Z]/.test(here))
}

const wordScore = (word: string, lower: string, text: string): number => {
  let best = 0
  for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1)) {
    best = Math.max(best, at === 0 ? 100 : isBoundary(text, at) ? 80 : 50)
    if (best >= 80) return best
  }
  return best > 0 ? best : sequenceScore(word, lower, text)
}

/** Letters in order with gaps: `adh` finds `airport_delay_3h`. Starts of words count for more. */
const sequenceScore = (word: string, lower: string, text: string): number => {
  let at = -1
  let atStarts = 0
  let gaps = 0
  for (const letter of word) {
    const next = lower.indexOf(letter, at + 1)
    if (next < 0) return 0
    if (isBoundary(text, next)) atStarts += 1
    else if (next !== at + 1) gaps += 1
    at = next
  }
  // Scattered letters are noise rather than an answer.
  if (gaps > word.length / 2) return 0
  return 10 + (20 * atStarts) / word.length - gaps
}

/** The best `limit` of `items`, best first; equal ones keep their order. */
export const bestMatches = <T>(
  query: string,
  items: readonly T[],
  textOf: (item: T) => string,
  limit: number,
): readonly T[] =>
  items
    .map((item, index) => ({ item, index, score: matchScore(query, textOf(item)) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, limit)
    .map(({ item }) => item)
