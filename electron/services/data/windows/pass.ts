import { DOUBLE, type DuckDBAppender, type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import type { PassSource, WindowPass } from '@shared/sql/windowPass'
import { countOf, heldBytes, type NumberChunk, putDoubles, readInOrder } from './columns'
import { bytesOfSource, keyedRows, type SourceColumns } from './keyedRows'
import { createPace, type Pace, PassRefused } from './pace'
import { type Probe, probesOf } from './probes'

/** Beyond it, a sum with the length of a window may not be exact. */
const mostMicros = 2 ** 52
const mostRows = 2 ** 31 - 2

export interface PassTools {
  readonly connection: DuckDBConnection
  /** How much DuckDB and the pass may hold together, in bytes. */
  readonly memoryBytes: number
  /** Throws where the work is to stop. */
  check(): void
  /** How much is done, 0 to 1. */
  onProgress(fraction: number): void
}

const requireNear = (times: Float64Array): Float64Array => {
  for (const time of times)
    if (Math.abs(time) >= mostMicros) throw new PassRefused('A time is too far away for a double.')
  return times
}

/** Reads a source’s rows into columns. */
const columnsOf = async (
  source: PassSource,
  rows: number,
  { connection, check }: PassTools,
): Promise<SourceColumns> => {
  const first = source.isOrdered ? 1 : 0
  const others = first + (source.hasArrivals ? 2 : 1)
  const times = new Float64Array(rows)
  const arrivals = source.hasArrivals ? new Float64Array(rows) : null
  const keys = source.scans.map(() => new Int32Array(rows))
  const values = Array.from({ length: source.values }, () => new Float64Array(rows))
  let count = 0
  const take = (chunk: NumberChunk): void => {
    check()
    times.set(requireNear(chunk.doubles(first)), count)
    arrivals?.set(requireNear(chunk.doubles(first + 1)), count)
    for (const [index, key] of keys.entries()) key.set(chunk.integers(others + index), count)
    for (const [index, value] of values.entries()) value.set(chunk.doubles(others + keys.length + index), count)
    count += chunk.rows
  }
  const begin = (): typeof take => {
    count = 0
    return take
  }
  await readInOrder(connection, source.rows, { isStreamed: true, begin })
  return {
    rows: count,
    times: times.subarray(0, count),
    arrivals: arrivals?.subarray(0, count) ?? null,
    keys: keys.map((key) => key.subarray(0, count)),
    values: values.map((value) => value.subarray(0, count)),
  }
}

/** Integers that a double does not hold were rounded; nobody can tell any more which. */
const requireExact = async ({ values }: SourceColumns, exact: ReadonlySet<number>, pace: Pace): Promise<void> => {
  for (const index of exact) {
    const own = values[index] ?? new Float64Array(0)
    await pace.slices(own.length, (from, to) => {
      for (let row = from; row < to; row += 1)
        if (Math.abs(own[row] as number) >= Number.MAX_SAFE_INTEGER)
          throw new PassRefused('An integer is too large for a double.')
    })
  }
}

/** The rows of every scan, source by source. */
const keyedScans = async (pass: WindowPass, pace: Pace, tools: PassTools): Promise<Probe[]> => {
  const { connection, memoryBytes } = tools
  const counts = await Promise.all(pass.sources.map(({ counted }) => countOf(connection, counted)))
  const bytes = pass.sources.reduce((sum, source, index) => sum + bytesOfSource(source, counts[index] ?? 0), 0)
  const free = memoryBytes - (await heldBytes(connection))
  if (bytes > free) throw new PassRefused(`The rows take ${bytes} bytes, and ${free} are free.`)
  if (counts.some((count) => count > mostRows)) throw new PassRefused('There are too many rows.')
  const probes: Probe[] = []
  for (const [place, source] of pass.sources.entries()) {
    const columns = await columnsOf(source, counts[place] ?? 0, tools)
    await requireExact(columns, new Set(source.exact), pace)
    for (const [index, scan] of source.scans.entries()) {
      const count = scan.keys === null ? 1 : await countOf(connection, scan.keys)
      probes.push(...probesOf(scan, await keyedRows(scan, columns, { index, count, pace }), pace))
    }
  }
  return probes
}

/** Makes the pass’s table. Refuses, with `PassRefused`, what it cannot compute exactly or within its memory. */
export const runPass = async (pass: WindowPass, tools: PassTools): Promise<void> => {
  const { connection, check, onProgress } = tools
  const pace = createPace(check)
  const moments = await countOf(connection, 'ordered')
  const outputs = pass.sources.flatMap(({ scans }) => scans.flatMap(({ probes }) => probes.flat()))
  const types = outputs.map(() => DOUBLE)
  let appender: DuckDBAppender | null = null
  const begin = async (): Promise<(chunk: NumberChunk) => Promise<void>> => {
    appender?.closeSync()
    const columns = outputs.map(({ column }) => `${column} double`)
    await connection.run(`create or replace temp table ${pass.table} (${columns.join(', ')})`)
    appender = await connection.createAppender(pass.table, 'main', 'temp')
    const own = appender
    const probes = await keyedScans(pass, pace, tools)
    let done = 0
    return async (chunk) => {
      check()
      const times = requireNear(chunk.doubles(1))
      const made = DuckDBDataChunk.create(types, chunk.rows)
      let column = 0
      for (const [index, probe] of probes.entries())
        await probe(chunk.integers(2 + index), times, (values) => {
          putDoubles(made, column, values)
          column += 1
        })
      own.appendDataChunk(made)
      done += chunk.rows
      onProgress(done / moments)
    }
  }
  await readInOrder(connection, pass.moments, { isStreamed: false, begin })
  ;(appender as DuckDBAppender | null)?.closeSync()
}
