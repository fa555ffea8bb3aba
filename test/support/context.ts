import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Platform, ServiceContext } from '../../electron/services/context'
import { createJobsService } from '../../electron/services/jobs/jobs'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'

export const projectRoot = resolve(import.meta.dirname, '../..')

/** A folder of this test alone, removed by `remove`. */
export const temporaryFolder = (): { path: string; remove: () => void } => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'proml-')))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export const testPlatform = (home: string): Platform => {
  const secrets = new Map<string, string>()
  return {
    host: 'cli',
    home,
    resources: join(projectRoot, 'resources'),
    code: process.env.PROML_TEST_CODE ?? join(projectRoot, 'out/main'),
    secrets: {
      get: async (name) => secrets.get(name) ?? null,
      set: async (name, value) => {
        secrets.set(name, value)
        return { isDurable: false }
      },
      remove: async (name) => {
        secrets.delete(name)
      },
    },
  }
}

/** The managed Python environment that `npm test` prepares; shared by all tests. */
export const testHome = (): string => process.env.PROML_HOME ?? join(projectRoot, '.cache/proml-home')

/** A service context on a fresh workspace; `sample` copies `resources/samples/<sample>` into it. */
export const testContext = (
  options: { sample?: 'flights' } = {},
): ServiceContext & { events: { name: string; payload: unknown }[]; remove: () => void } => {
  const folder = temporaryFolder()
  if (options.sample) cpSync(join(projectRoot, 'resources/samples', options.sample), folder.path, { recursive: true })
  const events: { name: string; payload: unknown }[] = []
  return {
    workspace: openWorkspaceRoot(folder.path),
    platform: testPlatform(testHome()),
    jobs: createJobsService((name, payload) => events.push({ name: `jobs.${name}`, payload })),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    events,
    remove: folder.remove,
  }
}
