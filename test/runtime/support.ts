import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StudioError } from '@shared/errors'
import type { ModelPlan } from '@shared/plan/plan'
import { runFiles, runSchema } from '@shared/training/run'
import type { ServiceContext } from '../../electron/services/context'
import { createDataEngine, type DataEngine } from '../../electron/services/data/engine'
import type { QueryEngine, RuntimeDependencies } from '../../electron/services/runtime/dependencies'
import { projectRoot, testContext, testHome } from '../support/context'

const python = (): string => {
  const lock = readFileSync(join(projectRoot, 'resources/python/requirements.lock'))
  const name = `managed-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`
  const folder = join(testHome(), 'python', name)
  return [join(folder, 'bin/python'), join(folder, 'Scripts/python.exe')].find(existsSync) ?? 'python3'
}

export const runPython = (args: readonly string[], input?: string): string =>
  execFileSync(python(), [...args], { encoding: 'utf8', input, env: { ...process.env, OMP_NUM_THREADS: '1' } })

export const createTestEngine = (context: ServiceContext): DataEngine =>
  createDataEngine({
    code: context.platform.code,
    root: context.workspace.root,
    temporaryFolder: context.workspace.internal('tmp'),
    log: context.log,
    threads: 1,
  })

export type TestStudio = ReturnType<typeof testContext> & { readonly runId: string; readonly reference: string }

/** Made once for a test file; Python takes a moment. */
const fabricated = new Map<string, Buffer>()

/** Writes a finished run into a folder, which gives the run its name; `gates` go into its plan. */
export const fabricateRunIn = (folder: string, gates?: ModelPlan['gates']): void => {
  if (fabricated.size === 0) {
    runPython([join(import.meta.dirname, 'fabricate.py'), folder])
    for (const name of readdirSync(folder)) fabricated.set(name, readFileSync(join(folder, name)))
  } else {
    mkdirSync(folder, { recursive: true })
    for (const [name, content] of fabricated) writeFileSync(join(folder, name), content)
  }
  const edit = (name: string, change: object): void => {
    const path = join(folder, name)
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }))
  }
  edit('run.json', { id: basename(folder) })
  writeFileSync(join(folder, runFiles.program), 'namespace flights\n')
  if (gates) edit('plan.json', { gates })
}

/** A workspace with one fabricated run. */
export const fabricateRun = (): TestStudio => {
  const context = testContext()
  const runId = 'r-1'
  fabricateRunIn(context.workspace.internal('runs', runId))
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
