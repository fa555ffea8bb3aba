import { type DuckDBType, type DuckDBValue, LIST, listValue } from '@duckdb/node-api'
import { DataType } from 'apache-arrow'

interface Reader {
  readonly type: DuckDBType
  readonly read: (value: unknown) => DuckDBValue
}

/** Lists of numbers, of one length or of any, stay lists of numbers; null for every other type. */
export const vectorReader = (type: DataType, readerFor: (type: DataType) => Reader): Reader | null => {
  if (!DataType.isList(type) && !DataType.isFixedSizeList(type)) return null
  const item = type.children[0]?.type
  if (!item || !(DataType.isInt(item) || DataType.isFloat(item) || DataType.isDecimal(item))) return null
  const number = readerFor(item)
  return {
    type: LIST(number.type),
    read: (value) =>
      listValue(Array.from(value as Iterable<unknown>, (one) => (one === null ? null : number.read(one)))),
  }
}
