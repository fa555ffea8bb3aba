/** Rows of one value (or one bin) of a column: how many, the sum of their labels, and of the labels’ squares. */
export interface TieGroup {
  readonly count: number
  readonly sum: number
  readonly squares: number
}

/** From here on a column is taken to be known only when the label is. */
export const perfectTie = 0.98

/**
 * How well the groups tell a label of zeros and ones: |2·AUC − 1| of the groups’ own means as the score. Groups that
 * tell nothing give 0, groups of one kind each give 1.
 */
export const flagTie = (groups: readonly TieGroup[]): number => {
  const sorted = groups.toSorted((a, b) => a.sum / a.count - b.sum / b.count)
  let negatives = 0
  let won = 0
  let positives = 0
  for (const { count, sum } of sorted) {
    won += sum * (negatives + (count - sum) / 2)
    positives += sum
    negatives += count - sum
  }
  return positives === 0 || negatives === 0 ? 0 : Math.max(0, (2 * won) / (positives * negatives) - 1)
}

/** How well the groups tell a number: the share of its variance that lies between them (the correlation ratio η²). */
export const numberTie = (groups: readonly TieGroup[]): number => {
  const count = groups.reduce((total, group) => total + group.count, 0)
  const sum = groups.reduce((total, group) => total + group.sum, 0)
  const squares = groups.reduce((total, group) => total + group.squares, 0)
  const whole = squares - (sum * sum) / count
  if (!(whole > 0)) return 0
  const between =
    groups.reduce((total, group) => total + (group.sum * group.sum) / group.count, 0) - (sum * sum) / count
  return Math.min(1, Math.max(0, between / whole))
}
