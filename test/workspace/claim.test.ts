import { expect, test } from 'vitest'
import { createWorkspaceService } from '../../electron/services/workspace/workspace'
import { temporaryFolder, testContext, testPlatform } from '../support/context'
import { buildProgram, startProgram } from '../support/processes'

test('of two studios on a folder the second says so, until the first is gone, killed or not', async () => {
  const context = testContext()
  const home = temporaryFolder()
  const program = await buildProgram('claimProcess', 'test/workspace/claimProcess.ts')
  const call = { signal: new AbortController().signal }
  const told: unknown[] = []
  const open = (host: 'browser' | 'electron' | 'cli') =>
    createWorkspaceService(
      { ...context, platform: { ...testPlatform(home.path), host } },
      (name, payload) => told.push({ host, name, payload }),
      { open: () => Promise.reject(new Error('none')), isTrusted: true },
    )
  const isOpenElsewhere = async (studio: ReturnType<typeof open>) =>
    (await studio.handlers.info({}, call)).isOpenElsewhere

  const first = startProgram(program.path, [context.workspace.root])
  await first.line('first')
  const second = open('browser')
  const command = open('cli')
  expect(await isOpenElsewhere(second)).toBe(true)
  // A command beside a window is nothing to speak of.
  expect(await isOpenElsewhere(command)).toBe(false)
  await first.kill()
  const payload = expect.objectContaining({ root: context.workspace.root, isOpenElsewhere: false })
  await expect.poll(() => told, { timeout: 10_000 }).toContainEqual({ host: 'browser', name: 'opened', payload })

  const third = open('electron')
  expect(await isOpenElsewhere(third)).toBe(true)
  await second.dispose()
  await expect.poll(() => isOpenElsewhere(third), { timeout: 10_000 }).toBe(false)
  await third.dispose()
  await command.dispose()
  program.remove()
  context.remove()
  home.remove()
}, 30_000)
