/**
 * Distances between two distributions. Each takes counts on the same bins, baseline first; all are checked against SciPy in
 * `test/health`. Which “Jensen–Shannon” is meant is said in the name: the distance (square root), in nats or bits.
 */
export type Counts = readonly number[]

const total = (counts: Counts): number => counts.reduce((sum, count) => sum + count, 0)

const shares = (counts: Counts): number[] => {
  const sum = total(counts)
  return counts.map((count) => (sum === 0 ? 0 : count / sum))
}

/** Share that stands in for an empty bin in PSI, where a logarithm of zero would be infinite. The other shares stay as they are. */
export const emptyBinShare = 1e-4

/** Σ (c − b)·ln(c / b) over the bins’ shares. */
export const populationStabilityIndex = (baseline: Counts, current: Counts): number => {
  const reference = shares(baseline)
  return shares(current).reduce((sum, share, bin) => {
    const before = reference[bin] ?? 0
    // A bin that is empty on both sides says nothing.
    if (share === 0 && before === 0) return sum
    const now = share || emptyBinShare
    const then = before || emptyBinShare
    return sum + (now - then) * Math.log(now / then)
  }, 0)
}

/**
 * What PSI reaches by chance alone between two samples of these sizes from one distribution: mean + 3 standard deviations of the
 * χ² that (1/n + 1/m)⁻¹·PSI follows (Yurdakul 2018). A PSI below it is no evidence of drift.
 */
export const psiNoise = (bins: number, baselineRows: number, currentRows: number): number => {
  const freedom = Math.max(1, bins - 1)
  if (baselineRows === 0 || currentRows === 0) return Number.POSITIVE_INFINITY
  return (1 / baselineRows + 1 / currentRows) * (freedom + 3 * Math.sqrt(2 * freedom))
}

export const hellingerDistance = (baseline: Counts, current: Counts): number => {
  const reference = shares(baseline)
  const overlap = shares(current).reduce((sum, share, bin) => sum + Math.sqrt(share * (reference[bin] ?? 0)), 0)
  return Math.sqrt(Math.max(0, 1 - overlap))
}

export const jensenShannonDistance = (baseline: Counts, current: Counts, unit: 'nats' | 'bits'): number => {
  const reference = shares(baseline)
  const term = (share: number, middle: number): number => (share === 0 ? 0 : share * Math.log(share / middle))
  const divergence = shares(current).reduce((sum, share, bin) => {
    const before = reference[bin] ?? 0
    const middle = (share + before) / 2
    return sum + (term(share, middle) + term(before, middle)) / 2
  }, 0)
  return Math.sqrt(Math.max(0, divergence) / (unit === 'bits' ? Math.LN2 : 1))
}

/** Largest distance between two empirical distribution functions. Both ascending. */
export const kolmogorovSmirnov = (baseline: readonly number[], current: readonly number[]): number => {
  let i = 0
  let j = 0
  let largest = 0
  while (i < baseline.length && j < current.length) {
    const value = Math.min(baseline[i] ?? 0, current[j] ?? 0)
    while (i < baseline.length && (baseline[i] ?? 0) <= value) i += 1
    while (j < current.length && (current[j] ?? 0) <= value) j += 1
    largest = Math.max(largest, Math.abs(i / baseline.length - j / current.length))
  }
  return largest
}

/** At one value of the baseline’s sample: how many current values lie below it, and how many up to it. */
export interface CumulativeCount {
  readonly value: number
  readonly below: number
  readonly upTo: number
}

/**
 * The same statistic where the current values stay in the database: between two values of the baseline its distribution function
 * is flat, so the largest distance stands at one of them or just before it. `steps` ascend, one for each distinct value.
 */
export const kolmogorovSmirnovFromSteps = (
  sample: readonly number[],
  steps: readonly CumulativeCount[],
  currentRows: number,
): number => {
  if (sample.length === 0 || currentRows === 0) return 0
  let largest = 0
  let seen = 0
  for (const step of steps) {
    largest = Math.max(largest, Math.abs(seen / sample.length - step.below / currentRows))
    while (seen < sample.length && (sample[seen] ?? 0) <= step.value) seen += 1
    largest = Math.max(largest, Math.abs(seen / sample.length - step.upTo / currentRows))
  }
  return largest
}

/** ln Γ(x) for x > 0, Lanczos with g = 7, n = 9 (relative error below 1e-14). */
const lnGamma = (x: number): number => {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ]
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x)
  const shifted = x - 1
  const sum = coefficients.reduce((a, c, i) => a + c / (shifted + i + 1), 0.99999999999980993)
  const t = shifted + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** P(χ² > x): the regularised upper incomplete gamma function Q(freedom/2, x/2), by series or continued fraction. */
export const chiSquareTail = (x: number, freedom: number): number => {
  if (x <= 0) return 1
  const a = freedom / 2
  const z = x / 2
  const scale = Math.exp(a * Math.log(z) - z - lnGamma(a))
  if (z < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < 10_000 && Math.abs(term) > Math.abs(sum) * 1e-16; n += 1) {
      term *= z / (a + n)
      sum += term
    }
    return Math.max(0, 1 - sum * scale)
  }
  let b = z + 1 - a
  let c = 1e300
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 10_000; n += 1) {
    const factor = -n * (n - a)
    b += 2
    d = 1 / (factor * d + b)
    c = b + factor / c
    const change = d * c
    fraction *= change
    if (Math.abs(change - 1) < 1e-15) break
  }
  return scale * fraction
}

/** χ² test of the current counts against the baseline’s shares. Bins that the baseline has never seen are left out. */
export const chiSquareTest = (baseline: Counts, current: Counts): { statistic: number; p: number } => {
  const kept = baseline.flatMap((count, bin) => (count > 0 ? [{ before: count, now: current[bin] ?? 0 }] : []))
  const scale = kept.reduce((sum, bin) => sum + bin.now, 0) / kept.reduce((sum, bin) => sum + bin.before, 0)
  const statistic = kept.reduce((sum, bin) => {
    const expected = bin.before * scale
    return expected === 0 ? sum : sum + (bin.now - expected) ** 2 / expected
  }, 0)
  return { statistic, p: kept.length < 2 ? 1 : chiSquareTail(statistic, kept.length - 1) }
}
