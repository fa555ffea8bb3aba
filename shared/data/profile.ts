import { z } from 'zod'
import { frameNoteSchema } from '../kernels/frame'
import { coverageSchema } from './coverage'

/** The language's value types, as a column of a file has them. */
export const valueTypes = ['bool', 'int', 'float', 'string', 'date', 'time', 'duration', 'vector', 'unknown'] as const
export const valueTypeSchema = z.enum(valueTypes)
export type ValueType = z.infer<typeof valueTypeSchema>

export const columnSchemaSchema = z.object({
  name: z.string(),
  type: valueTypeSchema,
  /** The engine's own name of the type, e.g. `BIGINT`. */
  nativeType: z.string(),
  isNullable: z.boolean(),
})
export type ColumnSchema = z.infer<typeof columnSchemaSchema>

export const tableSchemaSchema = z.object({
  /** Workspace-relative path with `/`, or the reference of what is no file. */
  path: z.string(),
  format: z.enum(['parquet', 'csv', 'arrow', 'json', 'sqlite', 'postgres']),
  columns: z.array(columnSchemaSchema),
  sizeBytes: z.number(),
  /** Exact row count where the format gives it cheaply, else null. */
  rows: z.number().nullable(),
  /** Of a dataframe of a kernel: which copy of it this is. */
  frame: frameNoteSchema.optional(),
  /** Lines of a CSV that are left out because somebody said so. */
  skippedRows: z.number().optional(),
})
export type TableSchema = z.infer<typeof tableSchemaSchema>

export const histogramSchema = z.object({
  /** Bin edges, ascending, one more than `counts`. For `time` columns: ms since 1970. */
  edges: z.array(z.number()),
  counts: z.array(z.number()),
})
export type Histogram = z.infer<typeof histogramSchema>

/** Figures of a profile that may be estimates: of a sketch, or of a sample. */
export const estimates = ['distinct', 'quantiles', 'top'] as const
export type Estimate = (typeof estimates)[number]

export const columnProfileSchema = z.object({
  name: z.string(),
  type: valueTypeSchema,
  rows: z.number(),
  nulls: z.number(),
  /** NaN and ±infinity; features read them as null. */
  nonFinite: z.number(),
  distinct: z.number(),
  /** False where `distinct` is an estimate. */
  isDistinctExact: z.boolean(),
  /** Numbers for numeric columns, ISO text for times, text for strings; null when every value is null. */
  min: z.union([z.number(), z.string(), z.boolean()]).nullable(),
  max: z.union([z.number(), z.string(), z.boolean()]).nullable(),
  mean: z.number().nullable(),
  stddev: z.number().nullable(),
  quantiles: z
    .object({
      p01: z.number(),
      p05: z.number(),
      p25: z.number(),
      p50: z.number(),
      p75: z.number(),
      p95: z.number(),
      p99: z.number(),
    })
    .nullable(),
  histogram: histogramSchema.nullable(),
  top: z.array(z.object({ value: z.string().nullable(), count: z.number() })),
  /** Rows that `top` is of; smaller than `rows` where it is of a sample. */
  sampledRows: z.number(),
  /** The figures that are estimates; all others are of every row. */
  estimates: z.array(z.enum(estimates)).optional(),
  /** Of texts, in characters. */
  lengths: z.object({ min: z.number(), mean: z.number(), max: z.number() }).optional(),
  /** Of moments and days. */
  coverage: coverageSchema.optional(),
})
export type ColumnProfile = z.infer<typeof columnProfileSchema>
