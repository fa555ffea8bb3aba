import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { PassRelation } from '@shared/sql/windowPass'

/** A chunk’s columns as the numbers that they are: views of DuckDB’s memory, gone with the chunk. */
export interface NumberChunk {
  readonly rows: number
  doubles(column: number): Float64Array
  integers(column: number): Int32Array
}

const bytesOf = (chunk: DuckDBDataChunk, column: number, bytes: number): Uint8Array =>
  duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), bytes)

const numbersOf = (chunk: DuckDBDataChunk): NumberChunk => {
  const rows = chunk.rowCount
  return {
    rows,
    doubles(column) {
      const { buffer, byteOffset } = bytesOf(chunk, column, rows * Float64Array.BYTES_PER_ELEMENT)
      return new Float64Array(buffer, byteOffset, rows)
    },
    integers(column) {
      const { buffer, byteOffset } = bytesOf(chunk, column, rows * Int32Array.BYTES_PER_ELEMENT)
      return new Int32Array(buffer, byteOffset, rows)
    },
  }
}

/** Writes a column of doubles into a chunk. */
export const putDoubles = (chunk: DuckDBDataChunk, column: number, values: Float64Array<ArrayBuffer>): void => {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column)
  duckdb.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset, values.byteLength)
}

const numberOf = async (connection: DuckDBConnection, sql: string): Promise<number> =>
  Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0])

export const countOf = (connection: DuckDBConnection, relation: string): Promise<number> =>
  numberOf(connection, `select count(*)::double from ${relation}`)

/** What DuckDB holds in memory, for whomever. */
export const heldBytes = (connection: DuckDBConnection): Promise<number> =>
  numberOf(connection, 'select coalesce(sum(memory_usage_bytes), 0)::double from duckdb_memory()')

type Take = (chunk: NumberChunk) => void | Promise<void>

/** False as soon as the first column does not ascend. */
const takeAll = async (result: DuckDBResult, take: Take): Promise<boolean> => {
  let last = Number.NEGATIVE_INFINITY
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) return true
    const numbers = numbersOf(chunk)
    for (const place of numbers.doubles(0)) {
      if (place < last) return false
      last = place
    }
    await take(numbers)
  }
}

/**
 * Takes a relation chunk by chunk, its rows in the order of the first column. They mostly come so; where they do not, they
 * are sorted, and `begin` is asked for another taker. While `isStreamed`, the connection does nothing else.
 */
export const readInOrder = async (
  connection: DuckDBConnection,
  { sql, order }: PassRelation,
  { isStreamed, begin }: { readonly isStreamed: boolean; readonly begin: () => Take | Promise<Take> },
): Promise<void> => {
  const read = async (text: string): Promise<boolean> => {
    const take = await begin()
    return takeAll(isStreamed ? await connection.stream(text) : await connection.run(text), take)
  }
  if (!(await read(sql)) && !(await read(`${sql} order by ${order}`)))
    throw new Error('Rows are not in the order that they were sorted in.')
}
