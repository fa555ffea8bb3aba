import type { ColumnProfile } from '@shared/data/profile'
import type { Command } from 'commander'
import { type Terminal, withStudio, workspaceOf } from '../session'

const number = (value: number): string =>
  Number.isInteger(value)
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 6 })

const bars = (counts: readonly number[]): string => {
  const top = Math.max(1, ...counts)
  const marks = ' ▁▂▃▄▅▆▇█'
  return counts.map((count) => marks[count === 0 ? 0 : Math.max(1, Math.round((count / top) * 8))]).join('')
}

const describe = (profile: ColumnProfile): string => {
  const parts = [
    `${number(profile.distinct)}${profile.isDistinctExact ? '' : ' (about)'} distinct`,
    `${number(profile.nulls)} null`,
  ]
  if (profile.quantiles) parts.push(`median ${number(profile.quantiles.p50)}`, `p95 ${number(profile.quantiles.p95)}`)
  if (profile.min !== null && profile.max !== null)
    parts.push(
      `${typeof profile.min === 'number' ? number(profile.min) : profile.min} … ${typeof profile.max === 'number' ? number(profile.max) : profile.max}`,
    )
  const shape = profile.histogram
    ? bars(profile.histogram.counts)
    : profile.top
        .slice(0, 3)
        .map(({ value, count }) => `${value ?? 'NULL'} ${number(count)}`)
        .join(', ')
  return `${parts.join(' · ')}  ${shape}`
}

const printProfiles = (terminal: Terminal, profiles: readonly ColumnProfile[]): void => {
  const width = Math.max(0, ...profiles.map(({ name }) => name.length))
  for (const profile of profiles)
    terminal.print(`  ${profile.name.padEnd(width)}  ${profile.type.padEnd(8)} ${describe(profile)}`)
}

interface FeaturesOptions {
  readonly model?: string
  readonly out?: string
  readonly explain?: boolean
  readonly preview?: boolean
  readonly json?: boolean
}

export const addDataCommands = (program: Command): void => {
  program
    .command('profile')
    .description('profile every column of a Parquet, CSV, Arrow or NDJSON file')
    .argument('<file>')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      await withStudio(
        { root: workspaceOf(file), isJson: options.json === true },
        async ({ studio, terminal, path }) => {
          const schema = await studio.data.schema({ path: path(file) })
          const profiles: ColumnProfile[] = []
          for (const column of schema.columns) {
            terminal.progress(`${column.name}…`)
            profiles.push(await studio.data.profile({ path: path(file), column: column.name }))
          }
          terminal.clearProgress()
          if (terminal.isJson) return terminal.json({ schema, profiles })
          terminal.print(
            `${file}: ${number(profiles[0]?.rows ?? 0)} rows, ${schema.columns.length} columns, ${number(schema.sizeBytes)} bytes`,
          )
          printProfiles(terminal, profiles)
        },
      )
    })

  program
    .command('features')
    .description('compute a model’s training set, point-in-time correct, into a Parquet or CSV file')
    .argument('<program>', 'a .proml file')
    .option('--model <name>', 'which model, where the file has several')
    .option('--out <file>', 'where to write (.parquet or .csv)')
    .option('--explain', 'print the SQL instead')
    .option('--preview', 'print what each use looks like on the first observations instead')
    .option('--json', 'print JSON')
    .action(async (file: string, options: FeaturesOptions) => {
      await withStudio(
        { root: workspaceOf(file), isJson: options.json === true },
        async ({ studio, terminal, path, job }) => {
          const model = { path: path(file), model: options.model }
          if (options.preview) {
            const { profiles } = await studio.features.preview({ ...model, rows: 0 })
            return terminal.isJson ? terminal.json({ profiles }) : printProfiles(terminal, profiles)
          }
          if (options.explain || !options.out) {
            const { sql } = await studio.features.explain(model)
            return terminal.isJson ? terminal.json({ sql }) : terminal.print(sql)
          }
          const { jobId } = await studio.features.trainingSet({ ...model, output: path(options.out) })
          const { result } = await job(jobId)
          if (terminal.isJson) return terminal.json(result)
          terminal.print(`${number(Number(result?.rows))} rows, ${result?.features} features → ${options.out}`)
          terminal.print(String(result?.digest))
        },
      )
    })
}
