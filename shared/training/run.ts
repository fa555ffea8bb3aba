import { z } from 'zod'
import { histogramSchema } from '../data/profile'

export const runStates = ['running', 'succeeded', 'failed', 'cancelled', 'interrupted'] as const

/** `auc`, `log_loss`, `brier`, `accuracy`, `f1`, `precision`, `recall`; for regression `rmse`, `mae`, `r2`. */
export const metricsSchema = z.record(z.string(), z.number())

export const curvesSchema = z.object({
  /** At most 200 points each. */
  roc: z.array(z.object({ fpr: z.number(), tpr: z.number(), threshold: z.number() })),
  precisionRecall: z.array(z.object({ recall: z.number(), precision: z.number(), threshold: z.number() })),
  /** Ten bins of equal count. */
  calibration: z.array(z.object({ predicted: z.number(), observed: z.number(), count: z.number() })),
})

export const confusionSchema = z.object({
  threshold: z.number(),
  truePositive: z.number(),
  falsePositive: z.number(),
  trueNegative: z.number(),
  falseNegative: z.number(),
})

/** The training distribution of one model input, or of the output: what service is later compared with. */
export const baselineColumnSchema = z.object({
  name: z.string(),
  kind: z.enum(['numeric', 'categorical', 'boolean']),
  /** Of a vector, the mean of those in training: the figures below are then how far each lies from it. */
  centre: z.array(z.number()).optional(),
  rows: z.number(),
  nulls: z.number(),
  /** Numeric: 20 quantile-based bins over finite values; the first and last are open-ended. */
  histogram: histogramSchema.nullable(),
  /** Numeric: up to 1,000 evenly spaced order statistics, ascending, for KS. */
  sample: z.array(z.number()).nullable(),
  /** Categorical and boolean: counts of at most 100 values; the rest under `other`. */
  categories: z.array(z.object({ value: z.string(), count: z.number() })).nullable(),
  other: z.number(),
  mean: z.number().nullable(),
  stddev: z.number().nullable(),
  quantiles: z
    .object({ p05: z.number(), p25: z.number(), p50: z.number(), p75: z.number(), p95: z.number() })
    .nullable(),
})
export type BaselineColumn = z.infer<typeof baselineColumnSchema>

export const baselineSchema = z.object({
  version: z.literal(1),
  rows: z.number(),
  inputs: z.array(baselineColumnSchema),
  output: baselineColumnSchema,
  /** Metrics on the test split, what decay is measured against. */
  metrics: metricsSchema,
})
export type Baseline = z.infer<typeof baselineSchema>

/** What a caller needs to know to feed the model. Written beside `model.onnx` as `signature.json`. */
export const signatureSchema = z.object({
  version: z.literal(1),
  model: z.string(),
  inputs: z.array(
    z.object({
      name: z.string(),
      tensor: z.enum(['float32', 'int64', 'string', 'bool']),
      isNullable: z.boolean(),
      /** How many numbers a vector has; only of a vector. Its tensor is [rows, width], others are [rows, 1]. */
      width: z.number().int().positive().optional(),
      /** The median or the most frequent value of the training split: a form’s starting point. Of a vector one that occurs. */
      example: z.union([z.number(), z.string(), z.boolean(), z.array(z.number())]).nullable(),
    }),
  ),
  /** Each of shape [rows, 1] (float32), or [rows] (string/int64) for `class`. */
  outputs: z.array(z.object({ name: z.string(), tensor: z.enum(['float32', 'int64', 'string']) })),
})
export type Signature = z.infer<typeof signatureSchema>

export const trialSchema = z.object({
  number: z.number(),
  params: z.record(z.string(), z.unknown()),
  value: z.number().nullable(),
  state: z.string(),
})

/** `run.json`. Written at the start and replaced (temporary, fsync, rename) as the run goes on. */
export const runSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  model: z.string(),
  path: z.string().describe('the .proml file'),
  state: z.enum(runStates),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  seed: z.number(),
  /** sha256 of the .proml text, of the plan, of the training set file. */
  sourceDigest: z.string(),
  planDigest: z.string(),
  dataDigest: z.string().nullable(),
  /** Whether the training set had been computed before. */
  dataReused: z.boolean().optional(),
  rows: z.object({ train: z.number(), valid: z.number(), test: z.number() }).nullable(),
  features: z.number(),
  /** By split: `train`, `valid`, `test`. */
  metrics: z.record(z.string(), metricsSchema),
  curves: curvesSchema.nullable(),
  confusion: confusionSchema.nullable(),
  /** Share of importance by model input, descending, sums to 1: permutation importance on the test split. */
  importance: z.array(z.object({ name: z.string(), value: z.number() })),
  trials: z.array(trialSchema),
  params: z.record(z.string(), z.unknown()),
  /** Largest |ONNX − Python estimator| of the outputs on the test split; of a regression divided by the largest |output|. */
  parity: z.number().nullable(),
  modelDigest: z.string().nullable(),
  modelBytes: z.number().nullable(),
  environment: z.record(z.string(), z.string()),
  /** How long each step took. */
  timings: z.record(z.string(), z.number()),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
})
export type Run = z.infer<typeof runSchema>

/** One line of `metrics.jsonl`. */
export const metricPointSchema = z.object({
  step: z.number(),
  name: z.string(),
  value: z.number(),
  trial: z.number().nullable().default(null),
})
export type MetricPoint = z.infer<typeof metricPointSchema>

/** Files of `runs/<id>/`. */
export const runFiles = {
  run: 'run.json',
  plan: 'plan.json',
  program: 'program.proml',
  trainingSet: 'training-set.parquet',
  metrics: 'metrics.jsonl',
  log: 'log.txt',
  transform: 'transform.onnx',
  model: 'model.onnx',
  signature: 'signature.json',
  baseline: 'baseline.json',
  /** Up to 100 test rows with the Python estimator's own outputs: `{inputs: {name: values[]}, outputs: {name: values[]}, labels: []}`. */
  golden: 'golden.json',
} as const
