import { z } from 'zod'

/** Parts of Feast’s protocol buffers (feast/core/*.proto of 0.67) in their JSON form; a field at its default is absent. */
const texts = z.record(z.string(), z.string()).default({})
const name = z.string().default('')

const fieldSchema = z.object({ name, value_type: name, tags: texts, description: name })
export type FeastField = z.infer<typeof fieldSchema>

export const feastSourceSchema = z.object({
  type: name,
  name,
  description: name,
  tags: texts,
  owner: name,
  field_mapping: texts,
  timestamp_field: name,
  created_timestamp_column: name,
  date_partition_column: name,
  file_options: z.object({ uri: name, file_format: z.record(z.string(), z.unknown()).optional() }).optional(),
})
export type FeastSource = z.infer<typeof feastSourceSchema>

export const feastEntitySchema = z.object({
  spec: z.object({ name, join_key: name, value_type: name, description: name, tags: texts, owner: name }),
})
export type FeastEntity = z.infer<typeof feastEntitySchema>['spec']

export const feastViewSchema = z.object({
  spec: z.object({
    name,
    entities: z.array(z.string()).default([]),
    features: z.array(fieldSchema).default([]),
    entity_columns: z.array(fieldSchema).default([]),
    tags: texts,
    /** `86400s`; absent or `0s`: without end. */
    ttl: z.string().default('0s'),
    batch_source: feastSourceSchema.optional(),
    stream_source: z.object({ type: name, name }).optional(),
    description: name,
    owner: name,
    feature_transformation: z.unknown().optional(),
  }),
})
export type FeastView = z.infer<typeof feastViewSchema>['spec']

export const feastOnDemandSchema = z.object({
  spec: z.object({
    feature_transformation: z.object({ user_defined_function: z.object({ body_text: name }).optional() }).optional(),
  }),
})

/** What `resources/python/interchange/feast_repository.py` writes. */
export const feastDescriptionSchema = z.object({
  settings: z.record(z.string(), z.unknown()).nullable(),
  definitions: z.array(z.object({ kind: z.string(), name, spec: z.unknown(), problem: z.string().nullable() })),
})
export type FeastDescription = z.infer<typeof feastDescriptionSchema>

/** Feast’s value types with one of ours. */
export const typeOfValueType: Readonly<Record<string, string>> = {
  BOOL: 'bool',
  INT32: 'int',
  INT64: 'int',
  FLOAT: 'float',
  DOUBLE: 'float',
  STRING: 'string',
  UNIX_TIMESTAMP: 'time',
}

/** Ours as Feast’s Python names it. */
export const feastTypes: Readonly<Record<string, string>> = {
  bool: 'Bool',
  int: 'Int64',
  float: 'Float64',
  string: 'String',
  time: 'UnixTimestamp',
  date: 'UnixTimestamp',
}

/** Tags in which an export keeps what Feast has no field for, so that an import finds it again. */
export const ownTags = {
  name: 'proml.name',
  unit: 'proml.unit',
  kind: 'proml.kind',
  status: 'proml.status',
  pii: 'proml.pii',
  default: 'proml.default',
  /** On a view: that its name was made by the export. */
  madeView: 'proml.view',
  /** On a view: the entity of several keys that its entities stand for. */
  entity: 'proml.entity',
  /** On an entity: that it is only a key of another. */
  part: 'proml.part',
  /** On a view: whose windows its features have, where that was not `like feast`; `open` for the language’s own. */
  meaning: 'proml.meaning',
} as const
