import { StudioError } from '@shared/errors'
import { askedKey } from '@shared/features/cells'
import { daysBetween } from '@shared/features/days'
import {
  definitionNow,
  definitionsOf,
  definitionText,
  type MaterialisedSet,
  materialisedSets,
} from '@shared/features/materialised'
import type { CheckedProgram } from '@shared/language/check/check'
import type { materialiseContract, OnlineTable, RedisTarget } from '@shared/rpc/materialise'
import type { Emit, Service, ServiceContext } from '../context'
import { momentOf } from '../features/feature'
import type { FeaturesService } from '../features/features'
import { digestOf } from '../workspace/durable'
import { backfillSet } from './backfill'
import { listBackfills } from './backfillStore'
import type { ComputeTools } from './compute'
import { openEmbeddedStore } from './embedded'
import { chooseTable, type OnlineRequest, serveSet } from './online'
import type { OnlineStore } from './onlineStore'
import { type DefinedNow, definedAsEver, unneededTables } from './unneeded'

export interface MaterialiseDependencies {
  readonly data: { readonly engine: ComputeTools['engine'] }
  readonly features: Pick<FeaturesService, 'openSources' | 'explained'>
  readonly language: { checkedWorkspace(): Promise<CheckedProgram> }
  readonly isTrusted?: () => boolean
}

export type MaterialiseService = Service<typeof materialiseContract>

/** Raised where the same definition would be written in another form. */
const format = 1

const shown = ({ absent: _absent, group: _group, ...table }: OnlineTable): Omit<OnlineTable, 'absent' | 'group'> =>
  table

export const createMaterialiseService = (
  context: ServiceContext,
  _emit: Emit<typeof materialiseContract>,
  { data, features, language, isTrusted = () => true }: MaterialiseDependencies,
): MaterialiseService => {
  const { workspace, jobs, platform } = context
  const { engine } = data
  const tools = { engine, features, workspace }
  const embedded = openEmbeddedStore(workspace.internal('online.db'))

  const redisOf = async (target: RedisTarget): Promise<OnlineStore> => {
    if (isTrusted()) {
      // Its client is hundreds of modules, which nobody else shall wait for.
      const { redisStore } = await import('./redis')
      return redisStore(target, platform.secrets)
    }
    throw new StudioError('permission_denied', 'This workspace is not trusted to use the network.', {
      hint: 'Trust the workspace first, if you know where it comes from.',
    })
  }

  /** The engine’s version belongs to it: another may round otherwise. */
  const identityOf = async ({ question }: MaterialisedSet, signal: AbortSignal): Promise<string> => {
    const [row] = await engine.rows('select version() as v', [], { signal })
    return digestOf(JSON.stringify([format, row?.v, definitionText(question)]))
  }

  const definitionDigests = (program: CheckedProgram, path: string, names: readonly string[]): Map<string, string> =>
    new Map([...definitionsOf(program, { path, features: names })].map(([name, text]) => [name, digestOf(text)]))

  const definedNow = (program: CheckedProgram): DefinedNow => {
    const known = new Map<string, string | null | undefined>()
    return (name) => {
      if (!known.has(name)) {
        const text = definitionNow(program, name)
        known.set(name, typeof text === 'string' ? digestOf(text) : text)
      }
      return known.get(name)
    }
  }

  const storesOf = async (
    program: CheckedProgram,
    online: boolean,
    redis: (RedisTarget & { readonly ttlSeconds?: number }) | undefined,
  ): Promise<OnlineRequest['stores']> => [
    ...(online ? [{ name: 'this workspace', store: embedded, definedNow: definedNow(program) }] : []),
    ...(redis
      ? [{ name: 'Redis', store: await redisOf(redis), ttlSeconds: redis.ttlSeconds, definedNow: definedAsEver }]
      : []),
  ]

  const programWith = async (path: string): Promise<CheckedProgram> => {
    const program = await language.checkedWorkspace()
    if (program.documents.has(path)) return program
    throw new StudioError('not_found', `There is no program \`${path}\`.`, { hint: 'Name a `.proml` file.' })
  }

  const pathOf = (named: string): string => workspace.relative(workspace.resolve(named))

  return {
    handlers: {
      start: async ({ path: named, model, features: names, days, online, redis, asOf }) => {
        const path = pathOf(named)
        if (model !== undefined && names)
          throw new StudioError('invalid_input', 'A model has features of its own.', {
            hint: 'Say either a model or features.',
          })
        const program = await programWith(path)
        const sets = materialisedSets(program, { path, model, features: names })
        const range = days ? daysBetween(days.from, days.to) : []
        const stores = await storesOf(program, online, redis)
        if (range.length === 0 && stores.length === 0)
          throw new StudioError('invalid_input', 'Nothing says what to make.', {
            hint: 'Name days with `--from` and `--to`, or make a serving table with `--online` or `--redis`.',
          })
        if (asOf !== undefined) {
          momentOf(asOf)
          if (stores.length === 0)
            throw new StudioError('invalid_input', 'The days of a range are their own moments.', {
              hint: 'A moment is for a serving table: say `--online` or `--redis` too.',
            })
        }
        const title = `Materialise features of ${sets.map(({ entity }) => entity).join(', ')}`
        const { id } = jobs.start({ kind: 'features', title }, async ({ signal, progress, log }) => {
          for (const { store } of stores) await store.check(signal)
          const steps = sets.length * ((range.length > 0 ? 1 : 0) + (stores.length > 0 ? 1 : 0))
          let step = 0
          const onProgress =
            (entity: string) =>
            (fraction: number, message: string): void => {
              progress((step + fraction) / steps, `${entity}, ${message}`)
              log(`${entity}, ${message}`)
            }
          const made: Record<string, unknown>[] = []
          for (const set of sets) {
            const report = onProgress(set.entity)
            const result: Record<string, unknown> = { entity: set.entity, features: set.features }
            if (range.length > 0) {
              const identity = await identityOf(set, signal)
              result.backfill = await backfillSet(tools, set, { identity, days: range, signal, onProgress: report })
              step += 1
            }
            if (stores.length > 0) {
              const definitions = definitionDigests(program, path, set.features)
              result.online = await serveSet(tools, set, { asOf, definitions, stores, signal, onProgress: report })
              step += 1
            }
            made.push(result)
          }
          return { sets: made }
        })
        return { jobId: id }
      },

      get: async ({ path: named, features: names, keys, redis }) => {
        const path = pathOf(named)
        const program = await language.checkedWorkspace()
        const sets = materialisedSets(program, { path, features: names })
        const [set, other] = sets
        if (!set || other)
          throw new StudioError('invalid_input', 'These features are of several entities.', {
            hint: 'Ask for features of one entity at a time.',
          })
        const definitions = definitionDigests(program, path, set.features)
        const store = redis ? await redisOf(redis) : embedded
        const texts = keys.map((key) => askedKey(set.question.keys, key))
        const choose = chooseTable(set.entity, definitions, { path, features: names, redis })
        const { table, rows } = await store.read(set.entity, choose, texts)
        // As they were asked for.
        const wanted = names.map((name) => {
          const whole = [...definitionDigests(program, path, [name]).keys()][0]
          const at = table.features.findIndex((feature) => feature.name === whole)
          return { at, name, type: table.features[at]?.type ?? ('unknown' as const) }
        })
        return {
          table: shown(table),
          columns: wanted.map(({ name, type }) => ({ name, type })),
          rows: rows.map((cells) => ({
            isKnown: cells !== null,
            values: wanted.map(({ at }) => (cells ?? table.absent)[at] ?? null),
          })),
        }
      },

      tidy: async ({ path: named, redis }, { signal }) => {
        const path = pathOf(named)
        const program = await programWith(path)
        const unneeded = unneededTables(definedNow(program))
        if (!redis) return { removed: (await embedded.remove(undefined, unneeded, signal)).map(shown) }
        const store = await redisOf(redis)
        const removed: OnlineTable[] = []
        for (const { entity } of materialisedSets(program, { path }))
          removed.push(...(await store.remove(entity, unneeded, signal)))
        return { removed: removed.map(shown) }
      },

      list: async () => ({
        backfills: (await listBackfills(workspace)).map(({ folder, manifest }) => {
          const days = Object.keys(manifest.days).sort()
          const total = (part: 'rows' | 'bytes'): number =>
            Object.values(manifest.days).reduce((sum, day) => sum + day[part], 0)
          return {
            ...{ folder, entity: manifest.entity, identity: manifest.identity, features: manifest.features },
            ...{ first: days[0] ?? null, last: days.at(-1) ?? null, days: days.length },
            ...{ rows: total('rows'), bytes: total('bytes') },
          }
        }),
        tables: (await embedded.tables()).map(shown),
      }),
    },
    dispose: () => embedded.close(),
  }
}
