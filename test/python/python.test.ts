import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createPythonService } from '../../electron/services/python/python'
import { temporaryFolder, testContext, testPlatform } from '../support/context'

const signal = AbortSignal.timeout(60_000)
const undo: (() => void)[] = []
afterEach(() => {
  for (const each of undo.splice(0)) each()
})

const make = (home?: string) => {
  const context = testContext()
  undo.push(context.remove)
  const events: unknown[] = []
  const platform = home === undefined ? context.platform : testPlatform(home)
  return {
    events,
    context,
    service: createPythonService({ ...context, platform }, (_, payload) => events.push(payload)),
  }
}

describe('the Python service', () => {
  it('says that the managed environment is ready, starts no job for it, and lists it first', async () => {
    const { service, context } = make()
    await service.ready()
    const status = await service.handlers.ensure({}, { signal })
    expect(status).toMatchObject({
      state: 'ready',
      jobId: null,
      environment: { kind: 'managed', id: 'managed', missing: [] },
    })
    expect(context.events).toEqual([])
    const environments = await service.handlers.environments({}, { signal })
    expect(environments[0]).toEqual(status.environment)
    expect(new Set(environments.map((environment) => environment.id)).size).toBe(environments.length)
    expect(await service.interpreter()).toBe(status.environment?.python)
    await service.dispose()
  })

  it('puts the project’s own package on the path of its children and leaves a core free', () => {
    const { service, context } = make()
    const environment = service.environment()
    expect(environment.PYTHONPATH).toBe(join(context.platform.resources, 'python'))
    expect(Number(environment.OMP_NUM_THREADS)).toBeGreaterThanOrEqual(1)
  })

  it('says that Python is missing where it is not set up, and ends the set-up when it is closed', async () => {
    const home = temporaryFolder()
    undo.push(home.remove)
    const { service, context, events } = make(home.path)
    expect(await service.handlers.status({}, { signal })).toMatchObject({ state: 'missing', environment: null })
    await expect(service.interpreter()).rejects.toMatchObject({ code: 'python_missing' })
    const { state, jobId } = await service.handlers.ensure({}, { signal })
    expect(state).toBe('installing')
    expect(await service.handlers.ensure({}, { signal })).toMatchObject({ state: 'installing', jobId })
    await service.dispose()
    await expect(context.jobs.finished(jobId ?? '')).rejects.toMatchObject({ code: 'cancelled' })
    expect(events.at(-1)).toMatchObject({ state: 'missing' })
  })
})
