import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { StudioError } from '@shared/errors'
import { runSchema } from '@shared/training/run'
import { tableFromJSON, tableToIPC } from 'apache-arrow'
import type { ServiceContext } from '../../electron/services/context'
import type { QueryEngine, RuntimeDependencies } from '../../electron/services/runtime/dependencies'
import { digestOfFile, publishFile, temporaryBeside } from '../../electron/services/workspace/durable'
import { projectRoot, testContext, testHome } from '../support/context'

const python = (): string => {
  const lock = readFileSync(join(projectRoot, 'resources/python/requirements.lock'))
  const name = `managed-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`
  const folder = join(testHome(), 'python', name)
  return [join(folder, 'bin/python'), join(folder, 'Scripts/python.exe')].find(existsSync) ?? 'python3'
}

export const runPython = (args: readonly string[], input?: string): string =>
  execFileSync(python(), [...args], { encoding: 'utf8', input, env: { ...process.env, OMP_NUM_THREADS: '1' } })

/** DuckDB in this process, with the face that services see. */
export const createTestEngine = async (): Promise<QueryEngine & { close(): void }> => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const rows: QueryEngine['rows'] = async (sql) =>
    (await connection.runAndReadAll(sql)).getRowObjectsJS() as Record<string, unknown>[]
  return {
    rows,
    arrow: async (sql) => {
      const found = await rows(sql)
      return tableToIPC(tableFromJSON(found))
    },
    copy: async (sql, path, format) => {
      const temporary = temporaryBeside(path)
      const options = format === 'csv' ? 'format csv, header' : 'format parquet'
      await connection.run(`copy (${sql}) to '${temporary.replaceAll("'", "''")}' (${options})`)
      await publishFile(temporary, path)
      const reader = format === 'csv' ? 'read_csv' : 'read_parquet'
      const [count] = await rows(`select count(*) as n from ${reader}('${path.replaceAll("'", "''")}')`)
      return { rows: Number(count?.n), digest: await digestOfFile(path) }
    },
    close: () => connection.closeSync(),
  }
}

export type TestStudio = ReturnType<typeof testContext> & { readonly runId: string; readonly reference: string }

/** A workspace with one fabricated run. */
export const fabricateRun = (): TestStudio => {
  const context = testContext()
  const runId = 'r-1'
  runPython([join(import.meta.dirname, 'fabricate.py'), context.workspace.internal('runs', runId)])
  return { ...context, runId, reference: `run:${runId}` }
}

export const dependenciesOf = (
  context: ServiceContext,
  engine: QueryEngine,
  features?: RuntimeDependencies['features'],
): RuntimeDependencies => ({
  data: {
    engine,
    schemaOf: () => Promise.reject(new StudioError('not_supported', 'Not in this test.')),
  },
  features: features ?? {
    buildTrainingSet: () => Promise.reject(new StudioError('not_supported', 'Not in this test.')),
  },
  training: {
    runFolder: (id) => context.workspace.internal('runs', id),
    readRun: async (id) =>
      runSchema.parse(JSON.parse(readFileSync(context.workspace.internal('runs', id, 'run.json'), 'utf8'))),
  },
  registry: {
    bundleFile: () => Promise.reject(new StudioError('not_found', 'No bundles here.')),
    bundleList: async () => [],
  },
})

export const call = { signal: new AbortController().signal }
