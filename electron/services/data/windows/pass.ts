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

/** How many rows a source has, and how many keys each of its scans. */
interface Counts {
  readonly source: PassSource
  readonly rows: number
  readonly keys: readonly number[]
}

const countsOf = async ({ sources }: WindowPass, { connection }: PassTools): Promise<Counts[]> => {
  const counts: Counts[] = []
  for (const source of sources) {
    const keys: number[] = []
    for (const scan of source.scans) keys.push(scan.keys === null ? 1 : await countOf(connection, scan.keys))
    counts.push({ source, rows: await countOf(connection, source.counted), keys })
  }
  return counts
}

/** What the passes that are at work now hold, in bytes: DuckDB knows nothing of it. */
let held = 0

/** Does work that holds so many bytes, if there is memory for it. */
const holding = async <T>(
  bytes: number,
  { connection, memoryBytes }: PassTools,
  work: () => Promise<T>,
): Promise<T> => {
  const free = memoryBytes - (await heldBytes(connection)) - held
  if (bytes > free) throw new PassRefused(`The rows take ${bytes} bytes, and ${free} are free.`)
  held += bytes
  try {
    return await work()
  } finally {
    held -= bytes
  }
}

/** The rows of every scan, source by source. */
const keyedScans = async (counts: readonly Counts[], pace: Pace, tools: PassTools): Promise<Probe[]> => {
  const probes: Probe[] = []
  for (const { source, rows, keys } of counts) {
    const columns = await columnsOf(source, rows, tools)
    await requireExact(columns, new Set(source.exact), pace)
    for (const [index, scan] of source.scans.entries()) {
      const count = keys[index] ?? 1
      probes.push(...probesOf(scan, await keyedRows(scan, columns, { index, count, pace }), pace))
    }
  }
  return probes
}

/** Makes the pass’s table. Refuses, with `PassRefused`, what it cannot compute exactly or within its memory. */
export const runPass = async (pass: WindowPass, tools: PassTools): Promise<void> => {
  const { connection, check, onProgress } = tools
  const pace = createPace(check)
  const counts = await countsOf(pass, tools)
  if (counts.some(({ rows }) => rows > mostRows)) throw new PassRefused('There are too many rows.')
  const moments = await countOf(connection, 'observations')
  const outputs = pass.sources.flatMap(({ scans }) => scans.flatMap(({ probes }) => probes.flat()))
  const types = outputs.map(() => DOUBLE)
  let appender: DuckDBAppender | null = null
  let done = 0
  const begin = async (): Promise<(chunk: NumberChunk) => Promise<void>> => {
    appender?.closeSync()
    const columns = outputs.map(({ column }) => `${column} double`)
    await connection.run(`create or replace temp table ${pass.table} (${columns.join(', ')})`)
    appender = await connection.createAppender(pass.table, 'main', 'temp')
    const own = appender
    const probes = await keyedScans(counts, pace, tools)
    const made = DuckDBDataChunk.create(types)
    done = 0
    return async (chunk) => {
      check()
      const times = requireNear(chunk.doubles(1))
      made.rowCount = chunk.rows
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
  const bytes = counts.reduce((sum, { source, rows, keys }) => sum + bytesOfSource(source, rows, keys), 0)
  try {
    await holding(bytes, tools, () => readInOrder(connection, pass.moments, { isStreamed: false, begin }))
  } finally {
    ;(appender as DuckDBAppender | null)?.closeSync()
  }
  // Values stand beside their rows by place.
  if (done !== moments) throw new PassRefused(`The pass made ${done} rows for ${moments}.`)
}
