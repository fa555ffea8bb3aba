import { WatchError } from '@redis/client'
import { StudioError } from '@shared/errors'
import type { CellText } from '@shared/features/cells'
import { type OnlineTable, onlineTableSchema, type RedisTarget } from '@shared/rpc/materialise'
import { z } from 'zod'
import type { SecretStore } from '../context'
import type { OnlineStore } from './onlineStore'
import { type RedisClient, withRedis } from './redisSession'

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

/** Of a table that is replaced, whatever made it. */
const versionOf = (text: string): string | null => {
  try {
    return z.object({ version: z.string() }).parse(JSON.parse(text)).version
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

  replace: (table, batches, { signal, ttlSeconds, onRows }) =>
    withRedis(target, secrets, signal, async (client) => {
      const keys = keysOf(table.entity)
      const [hash, live] = [keys.version(table), keys.live(table.group)]
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
      for (let attempt = 1; ; attempt += 1) {
        await client.watch(live)
        const before = await client.get(live)
        const exchange = client.multi().set(live, JSON.stringify(table)).sAdd(keys.groups, table.group)
        if (ttlSeconds === undefined) exchange.persist(hash)
        else exchange.expire(hash, ttlSeconds).expire(live, ttlSeconds)
        const former = before === null ? null : versionOf(before)
        if (former !== null) exchange.unlink(keys.version({ group: table.group, version: former }))
        try {
          await exchange.exec()
          return
        } catch (error) {
          // Somebody else was quicker; the last one’s table is read in the end.
          if (!(error instanceof WatchError) || attempt === longestRace) throw error
        }
      }
    }),

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
