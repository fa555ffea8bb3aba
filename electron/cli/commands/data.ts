import type { ColumnProfile } from '@shared/data/profile'
import { readReference, referenceOf } from '@shared/data/reference'
import type { Command } from 'commander'
import { type Terminal, withStudio, workspaceOf } from '../session'

export const number = (value: number): string =>
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

export const printProfiles = (terminal: Terminal, profiles: readonly ColumnProfile[]): void => {
  const width = Math.max(0, ...profiles.map(({ name }) => name.length))
  for (const profile of profiles)
    terminal.print(`  ${profile.name.padEnd(width)}  ${profile.type.padEnd(8)} ${describe(profile)}`)
}

/** What a file and `--table` name together; a reference is one already. */
const tableReference = (file: string, pathOf: (typed: string) => string, table: string | undefined): string => {
  if (readReference(file)) return file
  const path = pathOf(file)
  return table === undefined ? path : referenceOf({ kind: 'sqlite', path, options: { table } })
}

export const addDataCommands = (program: Command): void => {
  program
    .command('profile')
    .description('profile every column of a file, of a table of a SQLite database, or of what a reference says')
    .argument('<file>', 'Parquet, CSV, Arrow, NDJSON or SQLite; or such as "sqlite:data/shop.db?table=orders"')
    .option('--table <name>', 'which table of the database')
    .option('--fresh', 'ask a database or server anew instead of reading the last copy')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { table?: string; fresh?: boolean; json?: boolean }) => {
      await withStudio(
        { root: workspaceOf(readReference(file) ? '.' : file), isJson: options.json === true },
        async ({ studio, terminal, path: pathOf }) => {
          const path = tableReference(file, pathOf, options.table)
          const schema = await (options.fresh ? studio.data.refresh({ path }) : studio.data.schema({ path }))
          const profiles: ColumnProfile[] = []
          for (const column of schema.columns) {
            terminal.progress(`${column.name}…`)
            profiles.push(await studio.data.profile({ path, column: column.name }))
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
}
