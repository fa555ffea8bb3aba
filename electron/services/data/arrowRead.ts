import { open } from 'node:fs/promises'
import { zstdDecompressSync } from 'node:zlib'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  SMALLINT,
  TIMESTAMP,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import { quoteName, quoteText } from '@shared/sql/quote'
import { CompressionType, compressionRegistry, DataType, RecordBatchReader, type Schema } from 'apache-arrow'
import { vectorReader } from './arrowVectors'
import { decompressLz4Frame } from './lz4'

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decompressLz4Frame })
compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => zstdDecompressSync(bytes) })

const chunkRows = 2048
const dayMs = 86_400_000

interface Reader {
  readonly type: DuckDBType
  readonly read: (value: unknown) => DuckDBValue
}

const asIs = (type: DuckDBType): Reader => ({
  type,
  read: (value) =>
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'string'
      ? value
      : null,
})

const integerReader = (type: DataType): Reader => {
  const { bitWidth, isSigned } = type as DataType & { bitWidth: number; isSigned: boolean }
  switch (bitWidth) {
    case 8:
      return asIs(isSigned ? TINYINT : UTINYINT)
    case 16:
      return asIs(isSigned ? SMALLINT : USMALLINT)
    case 32:
      return asIs(isSigned ? INTEGER : UINTEGER)
    default:
      return { type: isSigned ? BIGINT : UBIGINT, read: (value) => BigInt(String(value)) }
  }
}

const numberOrText = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value)

const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? numberOrText(one) : one))
    : String(value)

const readerFor = (type: DataType): Reader => {
  if (DataType.isDictionary(type)) return readerFor(type.dictionary)
  if (DataType.isBool(type)) return asIs(BOOLEAN)
  if (DataType.isInt(type)) return integerReader(type)
  if (DataType.isFloat(type)) return asIs(type.precision === 2 ? DOUBLE : FLOAT)
  if (DataType.isDecimal(type)) {
    const { scale } = type
    return { type: DOUBLE, read: (value) => Number(String(value)) / 10 ** scale }
  }
  // Arrow's JavaScript gives every moment in milliseconds, with fractions where the unit is finer.
  if (DataType.isDate(type))
    return { type: DATE, read: (value) => new DuckDBDateValue(Math.floor(Number(value) / dayMs)) }
  if (DataType.isTimestamp(type))
    return {
      type: TIMESTAMP,
      read: (value) => new DuckDBTimestampValue(BigInt(Math.round(Number(value) * 1000))),
    }
  return vectorReader(type, readerFor) ?? { type: VARCHAR, read: textOf }
}

/**
 * Writes the rows of an Arrow IPC file as Parquet, through a table of DuckDB’s. Lists of numbers stay lists; others, and structures, become JSON text.
 * Returns the number of rows.
 */
export const readArrowFile = async (connection: DuckDBConnection, input: string, output: string): Promise<number> => {
  const file = await open(input)
  try {
    return await copyRows(connection, await RecordBatchReader.from(file), output)
  } finally {
    await file.close().catch(() => {})
  }
}

/** A batch at a time: a file may be larger than memory. */
const copyRows = async (connection: DuckDBConnection, reader: RecordBatchReader, output: string): Promise<number> => {
  await reader.open()
  // A file that is no Arrow file at all has none.
  const fields = (reader.schema as Schema | undefined)?.fields
  if (!fields) throw new Error('There is no Arrow schema in the file.')
  const names = fields.map(({ name }) => name)
  const readers = fields.map(({ type }) => readerFor(type))
  const table = 'arrow_rows'
  const columns = names.map((name, index) => `${quoteName(name)} ${readers[index]?.type ?? VARCHAR}`)
  await connection.run(`create temp table ${table} (${columns.join(', ')})`)
  const appender = await connection.createAppender(table, 'main', 'temp')
  let rows = 0
  try {
    for await (const batch of reader)
      for (let start = 0; start < batch.numRows; start += chunkRows) {
        const count = Math.min(chunkRows, batch.numRows - start)
        const chunk = DuckDBDataChunk.create(
          readers.map(({ type }) => type),
          count,
        )
        readers.forEach(({ read }, index) => {
          const vector = batch.getChildAt(index)
          const values: DuckDBValue[] = []
          for (let row = start; row < start + count; row += 1) {
            const value: unknown = vector?.get(row) ?? null
            values.push(value === null ? null : read(value))
          }
          chunk.setColumnValues(index, values)
        })
        appender.appendDataChunk(chunk)
        rows += count
      }
    appender.closeSync()
    await connection.run(`copy temp.${table} to ${quoteText(output)} (format parquet, compression zstd)`)
  } finally {
    await connection.run(`drop table temp.${table}`)
  }
  return rows
}
