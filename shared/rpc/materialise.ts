import { z } from 'zod'
import { valueTypeSchema } from '../data/profile'
import { command, defineService, query } from './contract'

const columnSchema = z.object({ name: z.string(), type: valueTypeSchema })

/** Where a Redis is. Its password is the value of a secret, and stands nowhere else. */
export const redisSchema = z.object({
  /** `redis://user@host:6379/0`, or `rediss://` for an encrypted connection. */
  url: z.string().min(1),
  /** The name of the secret that is the password. */
  secret: z.string().min(1).optional(),
})
export type RedisTarget = z.infer<typeof redisSchema>

/** A whole version of a serving table. */
export const onlineTableSchema = z.object({
  entity: z.string(),
  /** Told from other choices of features of the entity. */
  group: z.string(),
  version: z.string(),
  /** The moment whose values it has, UTC; null where they do not depend on time. */
  asOf: z.string().nullable(),
  /** Ms since 1970. */
  madeAt: z.number(),
  keys: z.array(columnSchema),
  /** `definition` is the digest of how the feature was defined when the table was made. */
  features: z.array(columnSchema.extend({ definition: z.string() })),
  /** The answer for a key that no row names. */
  absent: z.array(z.string().nullable()),
  rows: z.number(),
})
export type OnlineTable = z.infer<typeof onlineTableSchema>

const shownTableSchema = onlineTableSchema.omit({ absent: true, group: true })

const choice = {
  path: z.string(),
  /** Those that this model of the file uses. */
  model: z.string().optional(),
  /** Those of these names; without either, all that the file defines. */
  features: z.array(z.string().min(1)).optional(),
}

export const materialiseContract = defineService({
  name: 'materialise',
  procedures: {
    start: command({
      summary:
        'Compute features for every key, at the end of each day of a range as Parquet files, and as of one moment into tables for serving; a job whose result has `sets`, one an entity.',
      input: z.object({
        ...choice,
        /** The first and the last day, such as 2001-01-05. */
        days: z.object({ from: z.string(), to: z.string() }).optional(),
        /** Into the workspace’s own serving table. */
        online: z.boolean().default(false),
        /** Into a Redis; after `ttlSeconds` it forgets them. */
        redis: redisSchema.extend({ ttlSeconds: z.number().int().min(1).optional() }).optional(),
        /** The moment of the serving tables; that of the newest row, where none is given. */
        asOf: z.string().optional(),
      }),
      output: z.object({ jobId: z.string() }),
    }),
    get: query({
      summary:
        'Values of features from a serving table, all of one version, by key; a key that no row names has what an empty history gives.',
      input: z.object({
        path: z.string(),
        features: z.array(z.string().min(1)).min(1),
        keys: z.array(z.record(z.string(), z.string())).min(1).max(10_000),
        redis: redisSchema.optional(),
      }),
      output: z.object({
        table: shownTableSchema,
        columns: z.array(columnSchema),
        /** Values as the engine’s own texts, which name them exactly; null for null. */
        rows: z.array(z.object({ isKnown: z.boolean(), values: z.array(z.string().nullable()) })),
      }),
    }),
    tidy: command({
      summary:
        'Remove the serving tables from which nothing is answered any more as the programs are now: of the workspace’s own all, of a Redis those of the entities of this program.',
      input: z.object({ path: z.string(), redis: redisSchema.optional() }),
      output: z.object({ removed: z.array(shownTableSchema) }),
    }),
    list: query({
      summary: 'What has been materialised: files of days, and the workspace’s own serving tables.',
      input: z.object({}),
      output: z.object({
        backfills: z.array(
          z.object({
            entity: z.string(),
            identity: z.string(),
            /** The folder of the days’ files, workspace-relative. */
            folder: z.string(),
            features: z.array(columnSchema),
            first: z.string().nullable(),
            last: z.string().nullable(),
            days: z.number(),
            rows: z.number(),
            bytes: z.number(),
          }),
        ),
        tables: z.array(shownTableSchema),
      }),
    }),
  },
  events: {},
})
