import { join } from 'node:path'
import type { StudioError } from '@shared/errors'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createJobsService } from '../../electron/services/jobs/jobs'
import { createLanguageService } from '../../electron/services/language/language'
import { createMaterialiseService } from '../../electron/services/materialise/materialise'
import { testContext } from '../support/context'

export const call = { signal: new AbortController().signal }

export const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )

export type Start = Omit<Parameters<ReturnType<typeof createMaterialiseService>['handlers']['start']>[0], 'online'> & {
  readonly online?: boolean
}

/** The services that materialising takes, on a workspace of its own. */
export const workbench = (options: { sample?: 'flights' } = {}) => {
  const jobs = createJobsService(() => {})
  const context = { ...testContext(options), jobs }
  const data = createDataService(context, () => {})
  const language = createLanguageService(context, () => {}, { data })
  const features = createFeaturesService(context, () => {}, { data, language })
  const materialise = createMaterialiseService(context, () => {}, { data, features, language })
  const at = (name: string): string => join(context.workspace.root, name)
  const start = async (input: Start): Promise<string> =>
    (await materialise.handlers.start({ online: false, ...input }, call)).jobId
  return {
    ...{ context, data, features, language, materialise, at, start },
    /** Runs to its end. */
    make: async (input: Start): Promise<{ readonly sets: readonly Made[] }> =>
      (await context.jobs.finished(await start(input))) as never,
    get: (path: string, names: readonly string[], keys: readonly Record<string, string>[], redis?: Redis) =>
      materialise.handlers.get({ path, features: [...names], keys: [...keys], redis }, call),
    /** Rows of a statement over files of the workspace, `@name` being one. */
    rows: (sql: string) =>
      data.engine.rows(sql.replace(/@([\w./*-]+)/g, (_, name: string) => `read_parquet('${at(name)}')`)),
    write: (name: string, sql: string) => data.engine.copy(sql, at(name), 'parquet'),
    dispose: async () => {
      for (const service of [materialise, features, language, data]) await service.dispose()
      context.remove()
    },
  }
}

type Redis = { url: string; secret?: string }

export interface Made {
  readonly entity: string
  readonly backfill?: {
    readonly folder: string
    readonly computed: number
    readonly reused: number
    readonly rows: number
    readonly identity: string
  }
  readonly online?: {
    readonly asOf: string | null
    readonly rows: number
    readonly removed: readonly { readonly store: string; readonly features: readonly string[] }[]
  }
}
