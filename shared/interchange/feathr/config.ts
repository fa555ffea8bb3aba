import type { Outcome } from '../report'

/** One Feathr configuration file, its HOCON resolved to plain JSON. */
export interface FeathrFile {
  /** Relative to the workspace. */
  readonly path: string
  readonly config: unknown
}

export type Section = Readonly<Record<string, unknown>>

export const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const section = (value: unknown): Section => (isSection(value) ? value : {})

/** HOCON writes texts, numbers and flags alike; a text is what is wanted. */
export const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null

/** `x` or `[x, y]`; null for anything else. */
export const textsOf = (value: unknown): readonly string[] | null => {
  const items = (Array.isArray(value) ? value : [value]).map(textOf)
  const texts = items.filter((item) => item !== null)
  return texts.length === items.length && texts.length > 0 ? texts : null
}

const windowUnits: Readonly<Record<string, number>> = { d: 86_400e6, h: 3_600e6, m: 60e6, s: 1e6 }

/** `3d`, `12 hours`, `90m`: as the schema of Feathr’s own configuration has it. */
export const windowMicros = (value: unknown): number | null => {
  const found = /^\s*(\d+)\s*(d|days?|h|hours?|m|minutes?|s|seconds?)\s*$/.exec(textOf(value) ?? '')
  const micros = Number(found?.[1]) * (windowUnits[found?.[2]?.[0] ?? ''] ?? Number.NaN)
  return Number.isSafeInteger(micros) && micros > 0 ? micros : null
}

export interface FeathrType {
  /** A type of ours, where the configuration says an exact one. */
  readonly type: string | null
  readonly kind: string | null
}

const kinds: Readonly<Record<string, string>> = { NUMERIC: 'numeric', CATEGORICAL: 'categorical', BOOLEAN: 'boolean' }
const valueTypes: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool',
  BOOL: 'bool',
  INT: 'int',
  INT32: 'int',
  LONG: 'int',
  INT64: 'int',
  FLOAT: 'float',
  DOUBLE: 'float',
  STRING: 'string',
}

/** `NUMERIC`, or `{ type: TENSOR, tensorCategory: DENSE, dimensionType: [], valType: FLOAT }`. */
export const typeOf = (value: unknown): Outcome<FeathrType> => {
  if (value === undefined) return { value: { type: null, kind: null } }
  const written = section(value)
  const name = textOf(isSection(value) ? written.type : value)?.toUpperCase() ?? ''
  const kind = kinds[name]
  if (kind) return { value: { type: null, kind } }
  const dimensions = [written.dimensionType, written.shape].flat().filter((item) => item !== undefined)
  if (!['TENSOR', 'DENSE_TENSOR'].includes(name) || dimensions.length > 0)
    return { reason: `Its type \`${name || JSON.stringify(value)}\` is no single value.` }
  const valueType = textOf(written.valType)?.toUpperCase() ?? ''
  const type = valueTypes[valueType]
  return type ? { value: { type, kind: null } } : { reason: `Its type \`${valueType}\` has no counterpart.` }
}
