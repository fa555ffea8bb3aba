import type { ValueType } from './profile'

const integers = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/
const floats = /^(FLOAT|DOUBLE|DECIMAL\b.*)$/

/** The language’s type of a DuckDB type. */
export const valueTypeOf = (nativeType: string): ValueType => {
  const native = nativeType.toUpperCase()
  if (native === 'BOOLEAN') return 'bool'
  if (integers.test(native)) return 'int'
  if (floats.test(native)) return 'float'
  if (native === 'VARCHAR' || native === 'UUID' || native.startsWith('ENUM')) return 'string'
  if (native === 'DATE') return 'date'
  if (native.startsWith('TIMESTAMP')) return 'time'
  if (native === 'INTERVAL') return 'duration'
  if (/^(FLOAT|DOUBLE)\[\d*\]$/.test(native)) return 'vector'
  return 'unknown'
}
