import { type DuckDBResult, DuckDBTypeId, type DuckDBValue, type DuckDBVector } from '@duckdb/node-api'
import {
  Bool,
  Data,
  type DataType,
  DateDay,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMillisecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow'

/** Rows of one record batch; a page is one, a large result is several. */
const batchRows = 65_536

/** The chunks of a result that make one batch, column by column. */
type Column = { readonly vectors: readonly DuckDBVector[]; readonly rows: readonly number[]; readonly length: number }

const nullBitmap = (column: Column, visit: (value: DuckDBValue, row: number) => void): Nulls => {
  const bitmap = new Uint8Array(Math.ceil(column.length / 8))
  let nullCount = 0
  let row = 0
  column.vectors.forEach((vector, index) => {
    const count = column.rows[index] ?? 0
    for (let item = 0; item < count; item += 1, row += 1) {
      const value = vector.getItem(item)
      if (value === null) {
        nullCount += 1
        continue
      }
      bitmap[row >> 3] = (bitmap[row >> 3] ?? 0) | (1 << (row & 7))
      visit(value, row)
    }
  })
  return { nullCount, nullBitmap: bitmap }
}

interface Nulls {
  readonly nullCount: number
  readonly nullBitmap: Uint8Array
}

/** Buffers in Arrow’s own order: offsets, values, validity. */
const fixedWidth = (type: DataType, column: Column, values: ArrayBufferView, nulls: Nulls): Data =>
  new Data(type, 0, column.length, nulls.nullCount, [undefined, values, nulls.nullBitmap])

interface ArrowColumn {
  readonly type: DataType
  readonly data: (column: Column) => Data
}

type NumberArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array

const numbers = (
  type: DataType,
  make: (length: number) => NumberArray,
  read: (value: DuckDBValue) => number = Number,
): ArrowColumn => ({
  type,
  data(column) {
    const data = make(column.length)
    const nulls = nullBitmap(column, (value, row) => {
      data[row] = read(value)
    })
    return fixedWidth(type, column, data, nulls)
  },
})

const longs = (
  type: DataType,
  make: (length: number) => BigInt64Array | BigUint64Array,
  read: (value: DuckDBValue) => bigint,
): ArrowColumn => ({
  type,
  data(column) {
    const data = make(column.length)
    const nulls = nullBitmap(column, (value, row) => {
      data[row] = read(value)
    })
    return fixedWidth(type, column, data, nulls)
  },
})

const booleans: ArrowColumn = {
  type: new Bool(),
  data(column) {
    const data = new Uint8Array(Math.ceil(column.length / 8))
    const nulls = nullBitmap(column, (value, row) => {
      if (value) data[row >> 3] = (data[row >> 3] ?? 0) | (1 << (row & 7))
    })
    return makeData({ type: new Bool(), length: column.length, data, ...nulls })
  },
}

const texts: ArrowColumn = {
  type: new Utf8(),
  data(column) {
    const parts: string[] = []
    const valueOffsets = new Int32Array(column.length + 1)
    const nulls = nullBitmap(column, (value, row) => {
      const text = typeof value === 'string' ? value : String(value)
      parts.push(text)
      valueOffsets[row + 1] = Buffer.byteLength(text)
    })
    for (let row = 0; row < column.length; row += 1)
      valueOffsets[row + 1] = (valueOffsets[row] ?? 0) + (valueOffsets[row + 1] ?? 0)
    return makeData({
      type: new Utf8(),
      length: column.length,
      data: Buffer.from(parts.join('')),
      valueOffsets,
      ...nulls,
    })
  },
}

const bigintOf = (value: DuckDBValue): bigint => (typeof value === 'bigint' ? value : BigInt(Number(value)))

/** A moment's count since 1970 in its own unit; DuckDB's value classes name it after the unit. */
const countOf = (value: DuckDBValue): bigint => {
  if (value !== null && typeof value === 'object')
    for (const unit of ['micros', 'millis', 'seconds', 'nanos'] as const)
      if (unit in value) {
        const count: unknown = Reflect.get(value, unit)
        if (typeof count === 'bigint') return count
      }
  return 0n
}

const floorDivide = (value: bigint, by: bigint): bigint => (value - (((value % by) + by) % by)) / by

const moments = (perMilli: (count: bigint) => bigint): ArrowColumn =>
  longs(
    new TimestampMillisecond(),
    (length) => new BigInt64Array(length),
    (value) => perMilli(countOf(value)),
  )

const daysOf = (value: DuckDBValue): number => {
  const days: unknown = value !== null && typeof value === 'object' ? Reflect.get(value, 'days') : 0
  return Number(days)
}

const decimalOf = (value: DuckDBValue): number => Number(String(value))

const columnFor = (typeId: DuckDBTypeId): ArrowColumn => {
  switch (typeId) {
    case DuckDBTypeId.BOOLEAN:
      return booleans
    case DuckDBTypeId.TINYINT:
      return numbers(new Int8(), (length) => new Int8Array(length))
    case DuckDBTypeId.SMALLINT:
      return numbers(new Int16(), (length) => new Int16Array(length))
    case DuckDBTypeId.INTEGER:
      return numbers(new Int32(), (length) => new Int32Array(length))
    case DuckDBTypeId.UTINYINT:
      return numbers(new Uint8(), (length) => new Uint8Array(length))
    case DuckDBTypeId.USMALLINT:
      return numbers(new Uint16(), (length) => new Uint16Array(length))
    case DuckDBTypeId.UINTEGER:
      return numbers(new Uint32(), (length) => new Uint32Array(length))
    case DuckDBTypeId.BIGINT:
      return longs(new Int64(), (length) => new BigInt64Array(length), bigintOf)
    case DuckDBTypeId.UBIGINT:
      return longs(new Uint64(), (length) => new BigUint64Array(length), bigintOf)
    case DuckDBTypeId.FLOAT:
      return numbers(new Float32(), (length) => new Float32Array(length))
    case DuckDBTypeId.DOUBLE:
      return numbers(new Float64(), (length) => new Float64Array(length))
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.DECIMAL:
      return numbers(new Float64(), (length) => new Float64Array(length), decimalOf)
    case DuckDBTypeId.DATE:
      return numbers(new DateDay(), (length) => new Int32Array(length), daysOf)
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return moments((count) => floorDivide(count, 1000n))
    case DuckDBTypeId.TIMESTAMP_MS:
      return moments((count) => count)
    case DuckDBTypeId.TIMESTAMP_S:
      return moments((count) => count * 1000n)
    case DuckDBTypeId.TIMESTAMP_NS:
      return moments((count) => floorDivide(count, 1_000_000n))
    default:
      return texts
  }
}

/**
 * A result as an Arrow IPC stream. Times become timestamps in ms UTC, 64-bit integers stay int64, larger ones and
 * decimals become doubles, and what Arrow's JavaScript readers do not show (lists, structures, intervals) its text.
 */
export const writeArrowStream = async (result: DuckDBResult): Promise<Uint8Array<ArrayBuffer>> => {
  const columns = Array.from({ length: result.columnCount }, (_, index) => columnFor(result.columnTypeId(index)))
  const names = result.deduplicatedColumnNames()
  const schema = new Schema(columns.map(({ type }, index) => new Field(names[index] ?? '', type, true)))
  const writer = new RecordBatchStreamWriter()
  const whole = writer.toUint8Array()
  writer.reset(undefined, schema)
  let chunks: { vectors: DuckDBVector[]; rows: number }[] = []
  let waiting = 0
  let written = 0

  const flush = (): void => {
    const rows = chunks.map((chunk) => chunk.rows)
    const children = columns.map(({ data }, index) =>
      data({
        vectors: chunks.flatMap(({ vectors }) => vectors[index] ?? []),
        rows,
        length: waiting,
      }),
    )
    writer.write(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: waiting, children })))
    written += waiting
    chunks = []
    waiting = 0
  }

  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) break
    const vectors = columns.map((_, index) => chunk.getColumnVector(index))
    chunks.push({ vectors, rows: chunk.rowCount })
    waiting += chunk.rowCount
    if (waiting >= batchRows) flush()
  }
  if (waiting > 0 || written === 0) flush()
  writer.finish()
  // A copy of its own: what comes may be a part of a larger buffer, which would travel whole.
  return new Uint8Array(await whole)
}
