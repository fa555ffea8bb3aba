import { WatchError } from '@redis/client'
import { StudioError } from '@shared/errors'
import type { CellText } from '@shared/features/cells'
import { type OnlineTable, onlineTableSchema, type RedisTarget } from '@shared/rpc/materialise'
import { z } from 'zod'
import type { SecretStore } from '../context'
import type { OnlineStore } from './onlineStore'
import { type RedisClient, withRedis } from './redisSession'
import type { Unneeded } from './unneeded'

const cellsSchema = z.array(z.string().nullable())
/** A hash’s field that is always there: its absence says that the server threw the table away. No key has this text. */
const mark = ''
/** What a writer that died has left goes by itself after this. */
const unfinishedSeconds = 3600
const fieldsACommand = 1_000
const longestRace = 20

/** All of an entity in one slot of a cluster: what is exchanged together lies together. */
const keysOf = (entity: string) => ({
  groups: `proml:{${entity}}:groups`,
  live: (group: string) => `proml:{${entity}}:${group}:live`,
  version: ({ group, version }: Pick<OnlineTable, 'group' | 'version'>) => `proml:{${entity}}:${group}:${version}`,
})

const parsed = (text: string): OnlineTable => {
  try {
    return onlineTableSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new StudioError('unreadable_file', 'A table of the Redis is not of the form that this version reads.', {
      hint: 'Materialise again, or update the studio.',
      cause,
    })
  }
}

/** Of a table, whatever made it. */
const versionOf = (text: string): string | null => {
  try {
    return z.object({ version: z.string() }).parse(JSON.parse(text)).version
  } catch {
    return null
  }
}

const tableOf = (text: string): OnlineTable | null => {
  try {
    return parsed(text)
  } catch {
    return null
  }
}

const headersOf = async (client: RedisClient, entity: string): Promise<string[]> => {
  const keys = keysOf(entity)
  const groups = (await client.sMembers(keys.groups)).toSorted()
  const found = groups.length === 0 ? [] : await client.mGet(groups.map(keys.live))
  return found.flatMap((header) => header ?? [])
}

const evicted = (): StudioError =>
  new StudioError('not_found', 'The Redis has thrown the table away.', {
    hint: 'Materialise again; give the server more memory, or a policy that does not evict.',
  })

interface Exchange {
  /** Its rows are there. */
  readonly table?: OnlineTable
  readonly ttlSeconds?: number
  readonly unneeded: Unneeded
}

/** What an entity has of tables; nothing of it changes unseen until the transaction. */
const watched = async (client: RedisClient, keys: ReturnType<typeof keysOf>, own: readonly string[]) => {
  await client.watch(keys.groups)
  const groups = [...new Set([...(await client.sMembers(keys.groups)), ...own])]
  if (groups.length === 0) return []
  await client.watch(groups.map(keys.live))
  const headers = await client.mGet(groups.map(keys.live))
  const left = await Promise.all(groups.map((group) => client.pTTL(keys.live(group))))
  return groups.map((group, index) => ({ group, header: headers[index] ?? null, leftMs: left[index] ?? -1 }))
}

/**
 * In one transaction: a table takes its place, what nobody needs goes, and so do the names of tables that went by
 * themselves. The list of names lives as long as the longest of its tables.
 */
const exchange = async (
  client: RedisClient,
  entity: string,
  { table, ttlSeconds, unneeded }: Exchange,
): Promise<OnlineTable[]> => {
  const keys = keysOf(entity)
  for (let attempt = 1; ; attempt += 1) {
    const all = await watched(client, keys, table ? [table.group] : [])
    const others = all.filter(({ group }) => group !== table?.group)
    const there = others.flatMap(({ header }) => (header === null ? [] : (tableOf(header) ?? [])))
    const gone = unneeded(table ? [...there, table] : there).filter(({ version }) => version !== table?.version)
    const isGone = (group: string): boolean => gone.some((one) => one.group === group)
    const change = client.multi()
    if (table) {
      const [hash, live] = [keys.version(table), keys.live(table.group)]
      change.set(live, JSON.stringify(table)).sAdd(keys.groups, table.group)
      if (ttlSeconds === undefined) change.persist(hash)
      else change.expire(hash, ttlSeconds).expire(live, ttlSeconds)
      const before = all.find(({ group }) => group === table.group)?.header ?? null
      const former = before === null ? null : versionOf(before)
      if (former !== null) change.unlink(keys.version({ group: table.group, version: former }))
    }
    for (const one of gone) change.unlink([keys.live(one.group), keys.version(one)]).sRem(keys.groups, one.group)
    for (const { group, header } of others) if (header === null) change.sRem(keys.groups, group)
    const staying = others.filter(({ group, header }) => header !== null && !isGone(group)).map(({ leftMs }) => leftMs)
    const times = table ? [...staying, ttlSeconds === undefined ? -1 : ttlSeconds * 1000] : staying
    if (times.includes(-1)) change.persist(keys.groups)
    else if (times.length > 0) change.pExpire(keys.groups, Math.max(...times))
    try {
      await change.exec()
      return gone
    } catch (error) {
      // Somebody else was quicker; the last one’s table is read in the end.
      if (!(error instanceof WatchError) || attempt === longestRace) throw error
    }
  }
}

/**
 * Serving tables in a Redis: a version is one hash, and one text says which version is read. Both are exchanged in one
 * transaction, and read in one.
 */
export const redisStore = (target: RedisTarget, secrets: SecretStore): OnlineStore => ({
  check: (signal) =>
    withRedis(target, secrets, signal, async (client) => {
      await client.ping()
    }),

  tables: (entity) =>
    withRedis(target, secrets, undefined, async (client) =>
      entity === undefined ? [] : (await headersOf(client, entity)).map(parsed),
    ),

  replace: (table, batches, { signal, ttlSeconds, unneeded, onRows }) =>
    withRedis(target, secrets, signal, async (client) => {
      const hash = keysOf(table.entity).version(table)
      await client.multi().hSet(hash, mark, '1').expire(hash, unfinishedSeconds).exec()
      for await (const rows of batches) {
        signal.throwIfAborted()
        const commands: Promise<unknown>[] = []
        for (let at = 0; at < rows.length; at += fieldsACommand) {
          const fields = rows
            .slice(at, at + fieldsACommand)
            .flatMap(({ key, cells }): string[] => [key, JSON.stringify(cells)])
          commands.push(client.hSet(hash, fields))
        }
        // Commands of one turn go to the server together, without waiting for one another.
        await Promise.all([...commands, client.expire(hash, unfinishedSeconds)])
        onRows(rows.length)
      }
      signal.throwIfAborted()
      return exchange(client, table.entity, { table, ttlSeconds, unneeded })
    }),

  remove: (entity, unneeded, signal) =>
    withRedis(target, secrets, signal, async (client) =>
      entity === undefined ? [] : exchange(client, entity, { unneeded }),
    ),

  read: (entity, choose, keys) =>
    withRedis(target, secrets, undefined, async (client) => {
      const names = keysOf(entity)
      for (let attempt = 1; ; attempt += 1) {
        const headers = await headersOf(client, entity)
        const table = choose(headers.map(parsed))
        const [header, cells] = await client
          .multi()
          .get(names.live(table.group))
          .hmGet(names.version(table), [mark, ...keys])
          .execTyped()
        if (header !== null && parsed(header).version === table.version) {
          const [marked, ...found] = cells
          if (marked === null) throw evicted()
          const rows = found.map((text): readonly CellText[] | null =>
            text === null ? null : cellsSchema.parse(JSON.parse(text)),
          )
          return { table, rows }
        }
        if (attempt === longestRace)
          throw new StudioError('conflict', 'The table in the Redis is exchanged over and over.', {
            hint: 'Try again when fewer write it.',
          })
      }
    }),

  close: async () => {},
})
