import { z } from 'zod'

export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/)

export const verdictSchema = z.object({
  /** The gate as written: `auc >= 0.65`. */
  gate: z.string(),
  verdict: z.enum(['passed', 'failed', 'unknown']),
  measured: z.number().nullable(),
  limit: z.number(),
  /** How it was measured, one sentence. */
  evidence: z.string(),
})
export type Verdict = z.infer<typeof verdictSchema>

export const layerSchema = z.object({
  path: z.string(),
  mediaType: z.string(),
  digest: z.string(),
  sizeBytes: z.number(),
})

export const bundleSchema = z.object({
  /** Digest of the manifest: the version. */
  digest: digestSchema,
  name: z.string(),
  /** Tags in the local store. */
  tags: z.array(z.string()),
  createdAt: z.number(),
  runId: z.string().nullable(),
  isDraft: z.boolean(),
  layers: z.array(layerSchema),
  annotations: z.record(z.string(), z.string()),
  sizeBytes: z.number(),
})
export type Bundle = z.infer<typeof bundleSchema>

export const featureSetSchema = z.object({
  digest: digestSchema,
  namespace: z.string(),
  /** Tags in the local store: what an import names behind the `@`. */
  versions: z.array(z.string()),
  files: z.array(z.string()),
  features: z.array(z.string()),
})
export type FeatureSetSummary = z.infer<typeof featureSetSchema>

export const remoteSchema = z.object({
  name: z.string(),
  /** `http(s)://host[:port]` of an OCI registry, or `file:` with an absolute folder. */
  url: z.string(),
  state: z.enum(['unknown', 'online', 'offline', 'refused']),
  message: z.string(),
  hasCredentials: z.boolean(),
})
export type Remote = z.infer<typeof remoteSchema>

export const transferSchema = z.object({
  id: z.string(),
  remote: z.string(),
  repository: z.string(),
  tag: z.string(),
  digest: digestSchema,
  state: z.enum(['queued', 'running', 'waiting', 'blocked', 'done', 'cancelled']),
  bytesTotal: z.number(),
  bytesSent: z.number(),
  /** Bytes that the remote already had. */
  bytesSkipped: z.number(),
  attempts: z.number(),
  nextAttemptAt: z.number().nullable(),
  reason: z.string().nullable(),
  hint: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
})
export type Transfer = z.infer<typeof transferSchema>
