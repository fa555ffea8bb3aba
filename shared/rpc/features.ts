import { z } from 'zod'
import { columnProfileSchema, valueTypeSchema } from '../data/profile'
import { command, defineService, query } from './contract'

export const featureSummarySchema = z.object({
  name: z.string(),
  namespace: z.string(),
  entity: z.string().nullable(),
  type: valueTypeSchema,
  form: z.enum(['aggregate', 'derived', 'row']),
  /** The definition as written, on one line. */
  definition: z.string(),
  documentation: z.string(),
  owner: z.string().nullable(),
  unit: z.string().nullable(),
  tags: z.array(z.string()),
  status: z.string().nullable(),
  path: z.string(),
  line: z.number(),
  usedBy: z.array(z.string()),
})
export type FeatureSummary = z.infer<typeof featureSummarySchema>

export const leakSchema = z.object({
  model: z.string(),
  /** Of the training set. */
  rows: z.number(),
  /** The uses whose value depends on a window. */
  uses: z.array(
    z.object({
      name: z.string(),
      feature: z.string().nullable(),
      /** Rows whose value would differ if others were seen before they arrived; null: no source says when they do. */
      early: z.number().nullable(),
      /** Rows whose value would differ if windows held their right end; null: they do already, or end before. */
      own: z.number().nullable(),
    }),
  ),
})
export type Leak = z.infer<typeof leakSchema>
export type UseLeak = Leak['uses'][number]

const sourceReadSchema = z.object({
  source: z.string(),
  path: z.string(),
  /** How often the engine goes through it. */
  count: z.number(),
  /** Those that are read, of so many. */
  columns: z.array(z.string()),
  of: z.number(),
})
export type SourceRead = z.infer<typeof sourceReadSchema>

export const explanationSchema = z.object({
  model: z.string(),
  observation: z.object({
    source: z.string(),
    filter: z.string().nullable(),
    label: z.string().nullable(),
    time: z.string().nullable(),
    split: z.string(),
  }),
  reads: z.array(sourceReadSchema),
  /** Features over one source, one list of keys and one filter are computed together. */
  scans: z.array(
    z.object({
      source: z.string(),
      keys: z.array(z.string()),
      filter: z.string().nullable(),
      isOverTime: z.boolean(),
      /** Columns of the observations that name the entity, for each way in which they do. */
      probes: z.array(z.array(z.string())),
      features: z.array(
        z.object({
          name: z.string(),
          value: z.string(),
          /** Which times count at a moment t; null: the source has no time. */
          window: z.string().nullable(),
          /** Whether late rows are seen; null: no column says when rows arrived. */
          arrival: z.string().nullable(),
          default: z.string().nullable(),
          /** Whether a pass over the rows in the order of time computes it where a file is written; else SQL alone does. */
          isPassed: z.boolean(),
        }),
      ),
    }),
  ),
  derived: z.array(z.object({ name: z.string(), expr: z.string() })),
  uses: z.array(z.object({ name: z.string(), from: z.string() })),
})
export type Explanation = z.infer<typeof explanationSchema>

export const sparkTextSchema = z.object({
  /** Statements that Spark runs one after another; the last gives the training set. */
  sql: z.string(),
  /** Columns that Spark cannot give the values that they have here, and that are left out. */
  omitted: z.array(z.object({ column: z.string(), reason: z.string() })),
})
export type SparkText = z.infer<typeof sparkTextSchema>

const asked = {
  /** A file whose rows are asked about instead. */
  spine: z.string().optional(),
  /** One moment for all rows, whatever times they have. */
  asOf: z.string().optional(),
}

const model = z.object({ path: z.string(), model: z.string().optional() })

export const featuresContract = defineService({
  name: 'features',
  procedures: {
    list: query({
      summary: 'Every feature that the workspace defines.',
      input: z.object({}),
      output: z.array(featureSummarySchema),
    }),
    explain: query({
      summary:
        'How a model’s training set is computed: what is read, scanned and looked up, the SQL, and for the engine `spark` the text for Spark.',
      input: model.extend({ engine: z.enum(['duckdb', 'spark']).optional() }),
      output: z.object({ sql: z.string(), explanation: explanationSchema, spark: sparkTextSchema.nullable() }),
    }),
    preview: query({
      summary:
        'First rows of a model’s training set as an Arrow IPC stream, and a profile of each use, computed on at most `limit` observations.',
      input: model.extend({
        limit: z.number().int().min(1).max(1_000_000).default(20_000),
        rows: z.number().int().min(0).max(1000).default(50),
      }),
      output: z.object({ arrow: z.instanceof(Uint8Array), rows: z.number(), profiles: z.array(columnProfileSchema) }),
    }),
    leak: query({
      summary:
        'How many values of a model’s training set would differ without arrival times, and with windows that hold their end.',
      input: model.extend({
        /** Only the last so many observations. */
        limit: z.number().int().min(1).optional(),
      }),
      output: leakSchema,
    }),
    feature: query({
      summary:
        'Values of one feature as an Arrow IPC stream: of the keys with the most rows, as of a moment (of the newest row, where none is given), or of the first rows where it describes rows.',
      input: z.object({
        /** Its name, or `namespace.name`. */
        feature: z.string().min(1),
        /** The file that is being written; `text` is what it will hold. */
        path: z.string().optional(),
        text: z.string().optional(),
        rows: z.number().int().min(1).max(100_000).default(20),
        asOf: z.string().optional(),
        /** Also write the rows there, as Parquet or CSV. */
        output: z.string().optional(),
      }),
      output: z.object({
        arrow: z.instanceof(Uint8Array),
        columns: z.array(z.object({ name: z.string(), type: valueTypeSchema })),
        asOf: z.string().nullable(),
      }),
    }),
    trainingSet: command({
      summary:
        'Compute a model’s training set into a Parquet (or CSV) file; a job whose result names `path`, `rows`, `features`, `digest`, `reused` (nothing was computed: the same had been before) and `computed` (features that were).',
      input: model.extend({ output: z.string(), ...asked }),
      output: z.object({ jobId: z.string() }),
    }),
    values: command({
      summary:
        'Compute features of one entity, by name, into a Parquet (or CSV) file: of every key or of a file’s rows, as of a moment (of the newest row, where none is given); a job whose result names `path`, `rows`, `features`, `digest`, `asOf`.',
      input: z.object({
        /** Their names, or `namespace.name`. */
        features: z.array(z.string().min(1)).min(1),
        /** A file of the namespace that is meant where several have them. */
        path: z.string().optional(),
        output: z.string(),
        ...asked,
      }),
      output: z.object({ jobId: z.string() }),
    }),
  },
  events: {},
})
