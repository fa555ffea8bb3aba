/** Edges of histogram bins, ascending and evenly spaced, but for the outermost, which reach out to the extremes. */
export interface Bins {
  readonly start: number
  readonly step: number
  readonly count: number
  readonly edges: readonly number[]
}

/** The bin of a value: from its lower edge on, below its upper one. What lies outside goes to the outermost. */
export const binAt = ({ start, step, count, edges }: Bins, value: number): number => {
  let bin = Math.max(0, Math.min(count - 1, Math.floor((value - start) / step)))
  // The edges are what is shown; a quotient may be a last digit off.
  while (bin > 0 && value < (edges[bin] ?? 0)) bin -= 1
  while (bin < count - 1 && value >= (edges[bin + 1] ?? 0)) bin += 1
  return bin
}

/** The greatest number below another. */
const before = (value: number): number => {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value === 0 ? -0 : value)
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n))
  return view.getFloat64(0)
}

/** The greatest number of each bin but the last, which has all that are greater. */
export const lastOfBins = ({ count, edges }: Bins): readonly number[] => edges.slice(1, count).map(before)

/** So many bins, or a few more or less where that makes their edges round. */
export const binsAimed = 24
const dayMs = 86_400_000
/** Durations that a bin of moments may have, ms: the first that makes no more bins than are aimed at. */
export const momentSteps = [
  1000,
  5000,
  15_000,
  60_000,
  300_000,
  900_000,
  3_600_000,
  3 * 3_600_000,
  6 * 3_600_000,
  12 * 3_600_000,
  dayMs,
  2 * dayMs,
  7 * dayMs,
  14 * dayMs,
  30 * dayMs,
  90 * dayMs,
  365 * dayMs,
  3650 * dayMs,
]

const niceStep = (width: number): number => {
  const power = 10 ** Math.floor(Math.log10(width))
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= width * 0.999_999) ?? 10
  return factor * power
}

const binsFrom = (step: number, low: number, high: number): Bins => {
  const first = Math.floor(low / step)
  const count = Math.max(1, Math.floor(high / step) - first + 1)
  // Edges as multiples, not as a running sum, so that 0.3 reads 0.3; Number(toPrecision) drops the last digits' dust.
  const edges = Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
  return { start: first * step, step, count, edges }
}

/**
 * Bins of round width for numbers from `minimum` to `maximum`. Where a few values lie far outside `low`…`high` (1st and
 * 99th percentile), the bins are cut for the middle and the outermost two take the rest.
 */
export const numberBins = (
  range: { minimum: number; maximum: number; low: number; high: number },
  kind: 'int' | 'float',
): Bins | null => {
  const { minimum, maximum, low, high } = range
  if (![minimum, maximum, low, high].every(Number.isFinite) || !Number.isFinite(maximum - minimum)) return null
  const hasTails = high > low && maximum - minimum > 4 * (high - low)
  const [from, to] = hasTails ? [low, high] : [minimum, maximum]
  const width = to > from ? (to - from) / binsAimed : 0
  const step = width === 0 ? 1 : kind === 'int' ? Math.max(1, Math.ceil(niceStep(width))) : niceStep(width)
  const bins = binsFrom(step, from, to)
  if (bins.count > 4 * binsAimed || bins.edges.some((edge) => !Number.isFinite(edge))) return null
  const edges = [...bins.edges]
  edges[0] = Math.min(minimum, edges[0] ?? minimum)
  edges[edges.length - 1] = Math.max(maximum, edges.at(-1) ?? maximum)
  return { ...bins, edges }
}

/** Bins of a round duration, UTC, for times in ms since 1970. */
export const momentBins = (minimum: number, maximum: number): Bins => {
  const width = (maximum - minimum) / binsAimed
  const step = momentSteps.find((one) => one >= width) ?? niceStep(width)
  return binsFrom(step, minimum, maximum)
}
