import type { ValueType } from './profile'

const integers = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/
const floats = /^(FLOAT|DOUBLE|DECIMAL\b.*)$/
/** Lists of numbers: of one length, `FLOAT[8]`, or of any, `DOUBLE[]`. */
const vectors = /^(FLOAT|DOUBLE|U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\(\d+,\s*\d+\))\[(\d*)\]$/

/** The language’s type of a DuckDB type. */
export const valueTypeOf = (nativeType: string): ValueType => {
  const native = nativeType.toUpperCase()
  if (vectors.test(native)) return 'vector'
  if (native === 'BOOLEAN') return 'bool'
  if (integers.test(native)) return 'int'
  if (floats.test(native)) return 'float'
  if (native === 'VARCHAR' || native === 'UUID' || native.startsWith('ENUM')) return 'string'
  if (native === 'DATE') return 'date'
  if (native.startsWith('TIMESTAMP')) return 'time'
  if (native === 'INTERVAL') return 'duration'
  return 'unknown'
}

/** How many numbers each value of a DuckDB type has: that of `FLOAT[8]` has 8; null where the type does not say. */
export const vectorLengthOf = (nativeType: string): number | null => {
  const length = vectors.exec(nativeType.toUpperCase())?.[2]
  return length ? Number(length) : null
}
