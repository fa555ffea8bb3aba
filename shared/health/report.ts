import { z } from 'zod'
import { histogramSchema } from '../data/profile'

export const healthVerdicts = ['good', 'warn', 'bad', 'unknown'] as const

export const columnHealthSchema = z.object({
  name: z.string(),
  kind: z.enum(['numeric', 'categorical', 'boolean']),
  /** What is compared, where that is not the value itself. */
  measure: z.string().optional(),
  verdict: z.enum(healthVerdicts),
  /** Population stability index over the baseline's bins. */
  psi: z.number().nullable(),
  /** Two-sample Kolmogorov–Smirnov statistic; numeric columns only. */
  ks: z.number().nullable(),
  baselineNullShare: z.number(),
  currentNullShare: z.number(),
  /** Shares of rows on the same bins or categories. */
  bins: z.object({ labels: z.array(z.string()), baseline: z.array(z.number()), current: z.array(z.number()) }),
  currentHistogram: histogramSchema.nullable(),
  /** Share of model importance: what to look at first. */
  importance: z.number(),
  reasons: z.array(z.string()),
})
export type ColumnHealth = z.infer<typeof columnHealthSchema>

export const healthReportSchema = z.object({
  reference: z.string(),
  model: z.string(),
  rows: z.number(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  verdict: z.enum(healthVerdicts),
  /** One line a cause, most important first. */
  causes: z.array(
    z.object({ verdict: z.enum(healthVerdicts), title: z.string(), detail: z.string(), column: z.string().nullable() }),
  ),
  inputs: z.array(columnHealthSchema),
  output: columnHealthSchema,
  /** With labels that came later: the metric then and now. */
  performance: z
    .object({
      labelled: z.number(),
      baseline: z.record(z.string(), z.number()),
      current: z.record(z.string(), z.number()),
    })
    .nullable(),
  latency: z.object({ p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() }).nullable(),
  /** Predictions by bucket of the observations' time: rows and mean output. */
  timeline: z.array(z.object({ time: z.number(), rows: z.number(), meanOutput: z.number() })),
})
export type HealthReport = z.infer<typeof healthReportSchema>
