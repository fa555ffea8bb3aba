import { z } from 'zod'
import { signatureSchema } from '../training/run'
import { command, defineService, query } from './contract'

export const engineSchema = z.enum(['webgpu', 'wasm', 'native'])
export type Engine = z.infer<typeof engineSchema>

/** `run:<id>` or `sha256:<manifest digest of a bundle in the local store>`. */
export const modelReferenceSchema = z.string()

export const modelSummarySchema = z.object({
  reference: modelReferenceSchema,
  name: z.string(),
  origin: z.enum(['run', 'bundle']),
  label: z.string(),
  createdAt: z.number(),
  metrics: z.record(z.string(), z.number()),
})
export type ModelSummary = z.infer<typeof modelSummarySchema>

export const cellSchema = z.union([z.number(), z.string(), z.boolean()]).nullable()
/** A vector is the list of its numbers. */
export const inputCellSchema = z.union([cellSchema, z.array(z.number().nullable())])
/** Column-wise values, all of one length, by input name. null is a missing value. */
export const rowsSchema = z.record(z.string(), z.array(inputCellSchema))
export type Rows = z.infer<typeof rowsSchema>

export const goldenSchema = z.object({
  inputs: rowsSchema,
  outputs: z.record(z.string(), z.array(z.number())),
  labels: z.array(z.number()),
})

export const runtimeContract = defineService({
  name: 'runtime',
  procedures: {
    models: query({
      summary: 'Models that can be run: finished runs and bundles of the local store.',
      input: z.object({}),
      output: z.array(modelSummarySchema),
    }),
    model: query({
      summary:
        'A model’s bytes (checked against its digest and pre-checked for hostile structure), signature and golden rows.',
      input: z.object({ reference: modelReferenceSchema }),
      output: z.object({
        onnx: z.instanceof(Uint8Array),
        digest: z.string(),
        signature: signatureSchema,
        golden: goldenSchema,
      }),
    }),
    predict: command({
      summary: 'Run rows natively, in a process with a deadline; logged for health unless `log` is false.',
      input: z.object({
        reference: modelReferenceSchema,
        rows: rowsSchema,
        deadlineMs: z.number().default(10_000),
        log: z.boolean().default(true),
      }),
      output: z.object({ outputs: z.record(z.string(), z.array(cellSchema)), elapsedMs: z.number() }),
    }),
    predictFile: command({
      summary:
        'Score a file of observations: features as of each row’s time, then the model; writes Parquet or CSV. A job; its result names `path`, `rows`, `rowsPerSecond`.',
      input: z.object({
        reference: modelReferenceSchema,
        path: z.string(),
        output: z.string(),
        split: z.enum(['all', 'test']).default('all'),
        log: z.boolean().default(true),
      }),
      output: z.object({ jobId: z.string() }),
    }),
    agreement: command({
      summary: 'The native engine against the Python outputs on the golden rows: largest absolute difference.',
      input: z.object({ reference: modelReferenceSchema }),
      output: z.object({ rows: z.number(), maxDifference: z.number() }),
    }),
    logRows: command({
      summary: 'Keep predictions that another engine (the window’s) made, for health.',
      input: z.object({
        reference: modelReferenceSchema,
        engine: engineSchema,
        rows: rowsSchema,
        outputs: z.record(z.string(), z.array(cellSchema)),
        elapsedMs: z.number(),
      }),
      output: z.object({}),
    }),
  },
  events: {
    logged: z.object({ reference: modelReferenceSchema, rows: z.number() }),
  },
})
