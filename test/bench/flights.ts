import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { quoteText } from '@shared/sql/quote'
import type { DataEngine } from '../../electron/services/data/engine'
import { projectRoot } from '../support/context'

/** Three million departures, 1 January to 1 July 2001; the sample’s file is its first 200,000 rows in time. */
const published = { name: 'vega-datasets', version: '3.2.1', file: 'flights-3m.parquet' }
const digest = 'dbeb920c90f59b6ccaff823dcc3d08f25a97fa1ce128d93f40be4e931f5900b0'

/** The published file, fetched once from the package registry into `.cache/bench`. */
export const publishedFlights = (): string => {
  const folder = join(projectRoot, '.cache/bench')
  const path = join(folder, published.file)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const { name, version, file } = published
  execFileSync('npm', ['pack', `${name}@${version}`, '--silent'], { cwd: folder, stdio: 'ignore' })
  execFileSync('tar', ['xzf', `${name}-${version}.tgz`, `package/data/${file}`], { cwd: folder })
  const unpacked = join(folder, 'package/data', file)
  const found = createHash('sha256').update(readFileSync(unpacked)).digest('hex')
  if (found !== digest) throw new Error(`${file} of ${name} ${version} is ${found}, not ${digest}.`)
  renameSync(unpacked, path)
  return path
}

export const flightSizes = {
  '20 k': { copies: 0, rounds: 5 },
  '200 k': { copies: 0, rounds: 5 },
  '3 M': { copies: 1, rounds: 3 },
  '30 M': { copies: 10, rounds: 1 },
} as const
export type FlightSize = keyof typeof flightSizes

/** Which sizes `PROML_BENCH_SIZES` names (`20k,200k,3m,30m`); without it the first three. */
export const chosenSizes = (): readonly FlightSize[] => {
  const named = (process.env.PROML_BENCH_SIZES ?? '20k,200k,3m').split(',').map((one) => one.trim().toLowerCase())
  return (Object.keys(flightSizes) as FlightSize[]).filter((size) =>
    named.includes(size.replace(' ', '').toLowerCase()),
  )
}

/** Writes so many copies of the published flights, each half a year after the one before. */
export const writeFlights = async (
  engine: DataEngine,
  given: string,
  copies: number,
  output: string,
): Promise<void> => {
  const source = `read_parquet(${quoteText(given)})`
  await engine.copy(
    `select (date + c * interval 184 day)::timestamp as date, delay, distance, origin, destination
     from ${source}, range(${copies}) t(c)`,
    output,
    'parquet',
  )
}
