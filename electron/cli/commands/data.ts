import { existsSync, statSync } from 'node:fs'
import { counted } from '@shared/counted'
import type { ColumnLink } from '@shared/data/link'
import type { ColumnProfile, Estimate } from '@shared/data/profile'
import { readReference, referenceOf, shownReference } from '@shared/data/reference'
import { StudioError } from '@shared/errors'
import { tableFromIPC } from 'apache-arrow'
import type { Command } from 'commander'
import { findColumn } from '../../services/data/filters'
import { noteBadRows, tellingBadRows, withoutBadRows } from '../badRows'
import { printable } from '../printable'
import { type Session, type Terminal, withStudio, workspaceOf } from '../session'
import { cellOf, printTable } from '../table'

export const number = (value: number): string =>
  Number.isInteger(value)
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 6 })

const bars = (counts: readonly number[]): string => {
  const top = Math.max(1, ...counts)
  const marks = ' ▁▂▃▄▅▆▇█'
  return counts.map((count) => marks[count === 0 ? 0 : Math.max(1, Math.round((count / top) * 8))]).join('')
}

/** `(about)` behind what is an estimate. */
const describe = (profile: ColumnProfile): string => {
  const about = (figure: Estimate): string => (profile.estimates?.includes(figure) ? ' (about)' : '')
  const parts = [
    `${number(profile.distinct)}${profile.isDistinctExact ? '' : ' (about)'} distinct`,
    `${number(profile.nulls)} null`,
  ]
  if (profile.nonFinite > 0) parts.push(`${number(profile.nonFinite)} NaN or infinite`)
  if (profile.quantiles)
    parts.push(
      `median ${number(profile.quantiles.p50)}${about('quantiles')}`,
      `p95 ${number(profile.quantiles.p95)}${about('quantiles')}`,
    )
  // Which vectors are the least, the greatest and the most frequent says nothing to anybody.
  if (profile.type === 'vector') return parts.join(' · ')
  if (profile.min !== null && profile.max !== null) {
    const end = (value: string | number | boolean): string =>
      typeof value === 'number' ? number(value) : printable(String(value))
    parts.push(`${end(profile.min)} … ${end(profile.max)}`)
  }
  if (profile.lengths)
    parts.push(
      `${number(profile.lengths.min)} to ${counted(profile.lengths.max, 'character')}, ${number(profile.lengths.mean)} on average`,
    )
  if (profile.coverage && profile.coverage.emptyBins > 0) {
    const [gap] = profile.coverage.gaps
    const day = (moment: number): string => new Date(moment).toISOString().replace(/:00\.000Z$/, '')
    if (gap) parts.push(`none from ${day(gap.from)} to ${day(gap.to)}`)
  }
  const shape = profile.histogram
    ? bars(profile.histogram.counts)
    : `${profile.top
        .slice(0, 3)
        .map(({ value, count }) => `${printable(value ?? 'NULL')} ${number(count)}`)
        .join(', ')}${about('top')}`
  return `${parts.join(' · ')}  ${shape}`
}

const describeLink = (link: ColumnLink): string => {
  const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(4))
  switch (link.kind) {
    case 'numbers':
      return `Pearson ${figure(link.pearson)} · Spearman ${figure(link.spearman)}${link.isExact ? '' : ` (of a sample of ${number(link.rows)} rows)`}`
    case 'groups':
      return `Cramér’s V ${figure(link.cramersV)} · mutual information ${figure(link.mutualInformation)} nats${link.isExact ? '' : ` (of a sample of ${number(link.rows)} rows)`}`
    case 'none':
      return printable(link.reason)
  }
}

const printLinks = (terminal: Terminal, label: string, links: readonly ColumnLink[]): void => {
  const width = links.reduce((most, { column }) => Math.max(most, printable(column).length), 0)
  terminal.print(`With ${printable(label)}:`)
  for (const link of links) terminal.print(`  ${printable(link.column).padEnd(width)}  ${describeLink(link)}`)
}

export const printProfiles = (terminal: Terminal, profiles: readonly ColumnProfile[]): void => {
  const width = profiles.reduce((most, { name }) => Math.max(most, printable(name).length), 0)
  for (const profile of profiles)
    terminal.print(`  ${printable(profile.name).padEnd(width)}  ${profile.type.padEnd(8)} ${describe(profile)}`)
}

interface TableOptions {
  readonly table?: string
  readonly skipBadRows?: boolean
  readonly json?: boolean
}

/** What a file and the options name together; a reference is one already. */
const tableReference = (
  file: string,
  pathOf: (typed: string) => string,
  { table, skipBadRows }: TableOptions,
): string => {
  const isReference = readReference(file) !== null
  const named = isReference ? file : pathOf(file)
  const path =
    table === undefined || isReference ? named : referenceOf({ kind: 'sqlite', path: named, options: { table } })
  return skipBadRows ? withoutBadRows(path) : path
}

const rootOf = (file: string): string => {
  const target = readReference(file)
  return workspaceOf(target ? (existsSync(target.path) ? target.path : '.') : file)
}

/** Says above the rows, wherever they go, that they are not all of them. */
const noteSkipped = async ({ studio, terminal }: Session, path: string, skipped: number | undefined) => {
  if (!skipped) return null
  const badRows = await studio.data.badRows({ path })
  terminal.note(`${number(skipped)} ${skipped === 1 ? 'line is' : 'lines are'} left out:`)
  noteBadRows(terminal, badRows)
  return badRows
}

/** The first rows of a table. */
export const previewData = async (file: string, options: TableOptions & { readonly rows: number }): Promise<void> => {
  const isProgram = file.endsWith('.proml') || (existsSync(file) && statSync(file).isDirectory())
  if (isProgram)
    throw new StudioError('invalid_input', `Which feature of \`${file}\` is to be shown is not said.`, {
      hint: 'Name one with `--feature`, or name a data file to see its rows.',
    })
  await withStudio({ root: rootOf(file), isJson: options.json === true, isOnlyRead: true }, async (session) => {
    const { studio, terminal } = session
    const path = tableReference(file, session.path, options)
    const { schema, page } = await tellingBadRows(session, path, async () => {
      const schema = await studio.data.schema({ path })
      const limit = Math.max(1, Math.min(10_000, options.rows || 20))
      return { schema, page: await studio.data.page({ path, offset: 0, limit }) }
    })
    const { columns } = schema
    const read = tableFromIPC(page.arrow)
    const cells = Array.from({ length: read.numRows }, (_, row) =>
      columns.map(({ type }, index) => cellOf(read.getChildAt(index)?.get(row), type)),
    )
    const badRows = await noteSkipped(session, path, schema.skippedRows)
    if (terminal.isJson)
      return terminal.json({ schema, rows: cells, totalRows: page.totalRows, ...(badRows ? { badRows } : {}) })
    printTable(
      columns.map(({ name }) => name),
      cells,
      terminal.print,
    )
    terminal.note(`${number(cells.length)} of ${counted(page.totalRows, 'row')}`)
  })
}

/** Few at first and of many rows, so that progress is seen and can be stopped; many of few rows, which take no longer. */
const columnsAtOnce = ([first]: readonly ColumnProfile[]): number => (first && first.rows <= 20_000 ? 500 : 4)

export const addDataCommands = (program: Command): void => {
  program
    .command('profile')
    .description('profile every column of a file, of a table of a SQLite database, or of what a reference says')
    .argument('<file>', 'Parquet, CSV, Arrow, NDJSON or SQLite; or such as "sqlite:data/shop.db?table=orders"')
    .option('--table <name>', 'which table of the database')
    .option('--fresh', 'ask a database or server anew instead of reading the last copy')
    .option('--skip-bad-rows', 'read a CSV without the lines that are no rows of it')
    .option('--label <column>', 'also say how each column goes with this one')
    .option('--json', 'print JSON')
    .action(async (file: string, options: TableOptions & { fresh?: boolean; label?: string }) => {
      await withStudio({ root: rootOf(file), isJson: options.json === true, isOnlyRead: true }, async (session) => {
        const { studio, terminal } = session
        const path = tableReference(file, session.path, options)
        const { schema, profiles, links } = await tellingBadRows(session, path, async () => {
          const schema = await (options.fresh ? studio.data.refresh({ path }) : studio.data.schema({ path }))
          const { label } = options
          if (label !== undefined) findColumn(schema.columns, label, shownReference(path))
          const profiles: ColumnProfile[] = []
          const names = schema.columns.map(({ name }) => name)
          while (profiles.length < names.length) {
            const columns = names.slice(profiles.length, profiles.length + columnsAtOnce(profiles))
            terminal.progress(`${columns[0]}… (${number(profiles.length)} of ${counted(names.length, 'column')} read)`)
            profiles.push(...(await studio.data.profiles({ path, columns })).profiles)
          }
          const links: ColumnLink[] = []
          for (const { name } of label === undefined ? [] : schema.columns) {
            if (name === label && schema.columns.length > 1) continue
            terminal.progress(`${name} and ${label}…`)
            links.push(await studio.data.link({ path, column: name, label: label ?? name }))
          }
          return { schema, profiles, links }
        })
        terminal.clearProgress()
        const badRows = await noteSkipped(session, path, schema.skippedRows)
        if (terminal.isJson)
          return terminal.json({
            schema,
            profiles,
            ...(options.label === undefined ? {} : { links }),
            ...(badRows ? { badRows } : {}),
          })
        terminal.print(
          `${file}: ${counted(profiles[0]?.rows ?? 0, 'row')}, ${counted(schema.columns.length, 'column')}, ${counted(schema.sizeBytes, 'byte')}`,
        )
        printProfiles(terminal, profiles)
        if (options.label !== undefined) printLinks(terminal, options.label, links)
      })
    })
}
