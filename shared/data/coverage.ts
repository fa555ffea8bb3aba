import { z } from 'zod'
import type { Histogram } from './profile'

/** Which stretches of time a column of moments covers, at the width of its histogram’s bins. */
export const coverageSchema = z.object({
  /** Width of a bin, ms. */
  stepMs: z.number(),
  bins: z.number(),
  emptyBins: z.number(),
  /** Stretches without a row, from the longest on; ms since 1970. */
  gaps: z.array(z.object({ from: z.number(), to: z.number() })),
})
export type Coverage = z.infer<typeof coverageSchema>

const keptGaps = 5

export const coverageOf = ({ edges, counts }: Histogram): Coverage => {
  const gaps: { from: number; to: number }[] = []
  let start: number | null = null
  for (const [bin, count] of counts.entries()) {
    if (count === 0) start ??= edges[bin] ?? null
    else if (start !== null) {
      gaps.push({ from: start, to: edges[bin] ?? start })
      start = null
    }
  }
  const [first = 0, second = first] = edges
  return {
    stepMs: second - first,
    bins: counts.length,
    emptyBins: counts.filter((count) => count === 0).length,
    gaps: gaps.toSorted((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from).slice(0, keptGaps),
  }
}
