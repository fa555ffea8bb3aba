/** Edit distance with transpositions (optimal string alignment), given up beyond `limit`. */
const distance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? limit + 1
}

/** The candidates most like `word`, best first: misspelt by up to a third of its letters, or continued by it. */
export const nearest = (word: string, candidates: Iterable<string>, count = 3): string[] => {
  if (word.length > 80) return []
  const lower = word.toLowerCase()
  const limit = Math.max(1, Math.floor(word.length / 3))
  const scored: { name: string; score: number }[] = []
  for (const name of new Set(candidates)) {
    const other = name.toLowerCase()
    const score = distance(lower, other, limit)
    if (score <= limit) scored.push({ name, score })
    else if (lower.length >= 3 && (other.startsWith(lower) || lower.startsWith(`${other}_`)))
      scored.push({ name, score: limit + 0.5 })
  }
  return scored
    .sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name)
}
