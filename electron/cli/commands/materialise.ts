import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import { jsonCell } from '@shared/features/cells'
import type { Job } from '@shared/jobs/job'
import type { Command } from 'commander'
import { z } from 'zod'
import { type Terminal, withStudio, workspaceOf } from '../session'
import { number } from './data'

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

const durationSeconds = (text: string): number => {
  const [, count, unit] = /^([1-9]\d*)([smhd])$/.exec(text) ?? []
  if (count !== undefined && unit !== undefined) return Number(count) * (secondsOf[unit] ?? 1)
  throw new StudioError('invalid_input', `\`${text}\` is no duration.`, { hint: 'Write it like 90s, 30m, 12h or 7d.' })
}

interface RedisOptions {
  readonly redis?: string
  readonly redisSecret?: string
  readonly ttl?: string
}

const redisOf = ({ redis, redisSecret, ttl }: RedisOptions) => {
  if (redis !== undefined)
    return { url: redis, secret: redisSecret, ttlSeconds: ttl === undefined ? undefined : durationSeconds(ttl) }
  if (redisSecret === undefined && ttl === undefined) return undefined
  throw new StudioError('invalid_input', 'No Redis is named.', { hint: 'Name it with `--redis redis://host:6379/0`.' })
}

const daysOf = (from: string | undefined, to: string | undefined) => {
  if (from !== undefined && to !== undefined) return { from, to }
  if (from === undefined && to === undefined) return undefined
  throw new StudioError('invalid_input', 'A range of days has two ends.', { hint: 'Say both `--from` and `--to`.' })
}

const resultSchema = z.object({
  sets: z.array(
    z.object({
      entity: z.string(),
      features: z.array(z.string()),
      backfill: z
        .object({ folder: z.string(), computed: z.number(), reused: z.number(), rows: z.number() })
        .loose()
        .optional(),
      online: z
        .object({
          ...{ asOf: z.string().nullable(), rows: z.number(), stores: z.array(z.string()) },
          removed: z.array(z.object({ store: z.string(), features: z.array(z.string()), asOf: z.string().nullable() })),
        })
        .optional(),
    }),
  ),
})

const momentText = (asOf: string | null): string => (asOf === null ? '' : ` as of ${asOf} UTC`)

const printResult = ({ result }: Job, { print }: Terminal): void => {
  for (const { entity, features, backfill, online } of resultSchema.parse(result).sets) {
    print(`${entity}: ${features.join(', ')}`)
    if (backfill) {
      const { folder, computed, reused, rows } = backfill
      print(
        `  ${counted(computed, 'day')} computed, ${number(reused)} ${reused === 1 ? 'was' : 'were'} there, ${counted(rows, 'row')} → ${folder}`,
      )
    }
    if (online) {
      print(`  ${counted(online.rows, 'key')}${momentText(online.asOf)} → ${online.stores.join(' and ')}`)
      for (const one of online.removed)
        print(
          `  removed from ${one.store}, where a newer table answers: ${one.features.join(', ')}${momentText(one.asOf)}`,
        )
    }
  }
}

interface MaterialiseOptions extends RedisOptions {
  readonly model?: string
  readonly feature?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly asOf?: string
  readonly online?: boolean
  readonly json?: boolean
}

const addMaterialise = (program: Command): void => {
  program
    .command('materialize')
    .alias('materialise')
    .description('compute features for every key: a file for each day of a range, and tables for serving')
    .argument('<program>', 'a .proml file')
    .option('--model <name>', 'the features that this model uses')
    .option('--feature <name...>', 'these features; without either, all that the file defines')
    .option('--from <day>', 'the first day, such as 2001-01-01; days that are there already are not computed again')
    .option('--to <day>', 'the last day; a day’s values are those at its end, midnight UTC')
    .option('--online', 'make the workspace’s own table for serving')
    .option('--redis <address>', 'make one in this Redis, such as redis://localhost:6379/0')
    .option('--redis-secret <name>', 'the secret that is the Redis’ password')
    .option('--ttl <duration>', 'the Redis forgets the table after this, such as 7d')
    .option(
      '--as-of <moment>',
      'of the serving tables, such as 2001-01-05T18:30, in UTC; omitted: that of the newest row',
    )
    .option('--json', 'print JSON')
    .action(async (file: string, options: MaterialiseOptions) => {
      const { model, feature, from, to, asOf, online } = options
      if (feature && model !== undefined)
        throw new StudioError('invalid_input', 'A model has features of its own.', {
          hint: 'Say either `--model` or `--feature`.',
        })
      const days = daysOf(from, to)
      const redis = redisOf(options)
      await withStudio({ root: workspaceOf(file), isJson: options.json === true }, async (session) => {
        const { studio, terminal, path, job } = session
        const { jobId } = await studio.materialise.start({
          ...{ path: path(file), model, features: feature ? [...feature] : undefined },
          ...{ days, online: online === true, redis, asOf },
        })
        const ended = await job(jobId)
        return terminal.isJson ? terminal.json(ended.result) : printResult(ended, terminal)
      })
    })
}

const keyOf = (parts: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    parts.map((part) => {
      const cut = part.indexOf('=')
      if (cut > 0) return [part.slice(0, cut), part.slice(cut + 1)]
      throw new StudioError('invalid_input', `\`${part}\` names no key.`, { hint: 'Write it like `--key code=ORD`.' })
    }),
  )

interface GetOptions extends Omit<RedisOptions, 'ttl'> {
  readonly feature: readonly string[]
  readonly key: readonly string[]
  readonly json?: boolean
}

const addGet = (online: Command): void => {
  online
    .command('get')
    .description('values of features for one key, from a serving table')
    .argument('<program>', 'a .proml file')
    .requiredOption('--feature <name...>', 'features of one entity')
    .requiredOption('--key <name=value...>', 'the entity’s keys, such as origin=ORD destination=LAX')
    .option('--redis <address>', 'from this Redis instead of the workspace’s own table')
    .option('--redis-secret <name>', 'the secret that is the Redis’ password')
    .option('--json', 'print JSON')
    .action(async (file: string, options: GetOptions) => {
      const { feature, json } = options
      const key = keyOf(options.key)
      const redis = redisOf(options)
      await withStudio(
        { root: workspaceOf(file), isJson: json === true, isOnlyRead: true },
        async ({ studio, terminal, path }) => {
          const answer = await studio.materialise.get({ path: path(file), features: [...feature], keys: [key], redis })
          const { table, columns, rows } = answer
          const [row] = rows
          const values = columns.map(
            ({ name, type }, index) => [name, jsonCell(row?.values[index] ?? null, type)] as const,
          )
          const isKnown = row?.isKnown === true
          if (terminal.isJson) {
            const { entity, asOf, madeAt, version } = table
            return terminal.json({
              ...{ entity, key, isKnown, asOf, madeAt, version },
              values: Object.fromEntries(values),
            })
          }
          const width = Math.max(...values.map(([name]) => name.length))
          for (const [name, value] of values) terminal.print(`${name.padEnd(width)}  ${value ?? '–'}`)
          if (table.asOf !== null) terminal.note(`as of ${table.asOf} UTC`)
          if (!isKnown) terminal.note('No row names this key: these are the values of an empty history.')
        },
      )
    })
}

const addList = (online: Command): void => {
  online
    .command('list')
    .description('what has been materialised: days, and the workspace’s own serving tables')
    .argument('[folder]', 'the workspace', '.')
    .option('--json', 'print JSON')
    .action(async (folder: string, { json }: { json?: boolean }) => {
      await withStudio(
        { root: workspaceOf(folder), isJson: json === true, isOnlyRead: true },
        async ({ studio, terminal }) => {
          const { backfills, tables } = await studio.materialise.list({})
          if (terminal.isJson) return terminal.json({ backfills, tables })
          for (const { entity, features, first, last, days, rows, folder: path } of backfills) {
            terminal.print(`${entity}: ${features.map(({ name }) => name).join(', ')}`)
            terminal.print(`  ${counted(days, 'day')}, ${first} to ${last}, ${counted(rows, 'row')} in ${path}`)
          }
          for (const { entity, features, asOf, rows } of tables) {
            terminal.print(`${entity}: ${features.map(({ name }) => name).join(', ')}`)
            terminal.print(`  ${counted(rows, 'key')} for serving${asOf === null ? '' : `, as of ${asOf} UTC`}`)
          }
          if (backfills.length + tables.length === 0) terminal.note('Nothing is materialised.')
        },
      )
    })
}

const addTidy = (online: Command): void => {
  online
    .command('tidy')
    .description('remove serving tables from which nothing is answered any more, as the programs are now')
    .argument('<program>', 'a .proml file; of a Redis, tables of its entities')
    .option('--redis <address>', 'from this Redis instead of the workspace’s own tables')
    .option('--redis-secret <name>', 'the secret that is the Redis’ password')
    .option('--json', 'print JSON')
    .action(async (file: string, options: Omit<RedisOptions, 'ttl'> & { readonly json?: boolean }) => {
      const redis = redisOf(options)
      const isJson = options.json === true
      await withStudio({ root: workspaceOf(file), isJson, isOnlyRead: true }, async ({ studio, terminal, path }) => {
        const { removed } = await studio.materialise.tidy({ path: path(file), redis })
        if (terminal.isJson) return terminal.json({ removed })
        for (const { entity, features, asOf, rows } of removed) {
          terminal.print(`${entity}: ${features.map(({ name }) => name).join(', ')}`)
          terminal.print(`  ${counted(rows, 'key')}${momentText(asOf)}, removed`)
        }
        if (removed.length === 0) terminal.note('Every table may still be asked.')
      })
    })
}

/** Features kept where they are looked up, by day and for serving. */
export const addMaterialiseCommands = (program: Command): void => {
  addMaterialise(program)
  const online = program.command('online').description('look values of features up in serving tables')
  addGet(online)
  addList(online)
  addTidy(online)
}
