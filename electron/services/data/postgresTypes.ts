import { quoteName } from '@shared/sql/quote'

export interface PostgresColumn {
  readonly name: string
  /** As PostgreSQL writes it, below any domain: `numeric(10,2)`, `timestamp with time zone`. */
  readonly type: string
  /** `b` for base types; `e`, `c`, `r`, … for enumerations, rows, ranges. */
  readonly kind: string
  readonly isNullable: boolean
}

const plainTypes: Readonly<Record<string, string>> = {
  smallint: 'SMALLINT',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  oid: 'UINTEGER',
  real: 'FLOAT',
  'double precision': 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  bytea: 'BLOB',
}

/** DuckDB’s type of a column; null where it holds several values in one, which no table of the language has. */
export const nativeTypeOfPostgres = ({ type, kind }: Pick<PostgresColumn, 'type' | 'kind'>): string | null => {
  if (type.endsWith('[]') || kind === 'c' || kind === 'r' || kind === 'm') return null
  const plain = plainTypes[type]
  if (plain !== undefined) return plain
  if (/^timestamp\b/.test(type)) return 'TIMESTAMP'
  const [precision, scale] = (/^numeric\((\d+),(-?\d+)\)$/.exec(type) ?? []).slice(1).map(Number)
  if (precision !== undefined && scale !== undefined && precision <= 38 && scale >= 0 && scale <= precision)
    return `DECIMAL(${precision},${scale})`
  return type.startsWith('numeric') ? 'DOUBLE' : 'VARCHAR'
}

/** A column of PostgreSQL’s texts as values. Moments come in UTC. */
export const valueOfText = (name: string, nativeType: string, alias: string): string => {
  const text = quoteName(alias)
  const as = quoteName(name)
  if (nativeType === 'VARCHAR') return `${text} as ${as}`
  if (nativeType === 'BLOB') return `unhex(substr(${text}, 3)) as ${as}`
  // A decimal of DuckDB’s cannot say NaN, which reads as null anyway.
  const value = nativeType.startsWith('DECIMAL') ? `nullif(${text}, 'NaN')` : text
  return `cast(${value} as ${nativeType}) as ${as}`
}
