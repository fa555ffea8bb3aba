import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDataEngine } from '../../electron/services/data/engine'
import { temporaryFolder, testContext } from '../support/context'
import { buildProgram, startProgram } from '../support/processes'

let program: Awaited<ReturnType<typeof buildProgram>>
const context = testContext({ sample: 'flights' })
const { root } = context.workspace
const exports = join(root, 'exports')
const tmp = context.workspace.internal('tmp')

beforeAll(async () => {
  program = await buildProgram('exportProcess', 'test/data/exportProcess.ts')
})
afterAll(() => {
  program.remove()
  context.remove()
})

const parts = (): string[] => (existsSync(exports) ? readdirSync(exports) : []).filter((name) => name.endsWith('.part'))
const writing = async () => {
  const before = parts()
  const studio = startProgram(program.path, [root, context.platform.code])
  const scratch = (await studio.line('scratch ')).slice('scratch '.length)
  await expect.poll(() => parts().length, { timeout: 20_000 }).toBe(before.length + 1)
  const part = parts().find((name) => !before.includes(name)) ?? ''
  return { studio, scratch, part }
}

/** Another studio on the folder, which needs a place of its own for something. */
const next = async (): Promise<string[]> => {
  const told: string[] = []
  const log = { ...context.log, info: (message: string) => void told.push(message) }
  const engine = createDataEngine({ code: context.platform.code, root, temporaryFolder: tmp, log })
  await (await engine.scratch('labels')).remove()
  await engine.dispose()
  return told
}

test('what a killed studio left beside the data goes away, what a living one writes stays, and so does what is not ours', async () => {
  const [killed, living] = [await writing(), await writing()]
  writeFileSync(join(exports, `.${randomUUID()}.part`), 'somebody else’s')
  await killed.studio.kill()
  expect(parts()).toHaveLength(3)
  expect(existsSync(killed.scratch)).toBe(true)

  expect(await next()).toEqual(['Removed what a studio left that ended in the middle of its work.'])
  expect(parts()).not.toContain(killed.part)
  expect(parts()).toContain(living.part)
  expect(parts()).toHaveLength(2)
  expect(existsSync(killed.scratch)).toBe(false)
  expect(existsSync(living.scratch)).toBe(true)

  await living.studio.kill()
  await next()
  expect(parts()).toHaveLength(1)
  expect(existsSync(living.scratch)).toBe(false)
  // Nothing is kept of those that are gone, their spill folders included.
  expect(readdirSync(tmp)).toEqual(['writers'])
  expect(readdirSync(join(tmp, 'writers'))).toEqual(['lock'])
  expect(await next()).toEqual([])
}, 60_000)

test('a note that a stranger wrote removes nothing but what could be ours', async () => {
  const outside = temporaryFolder()
  const writers = join(tmp, 'writers')
  const id = randomUUID()
  mkdirSync(join(writers, id), { recursive: true })
  writeFileSync(join(writers, `${id}.lock`), '')
  mkdirSync(join(root, 'mine'), { recursive: true })
  writeFileSync(join(root, 'mine/rows.parquet'), 'kept')
  const far = join(outside.path, `.${randomUUID()}.part`)
  writeFileSync(far, 'kept')
  for (const path of ['mine', 'mine/rows.parquet', 'flights.proml', '.', '', '.proml/tmp', far, '../../x'])
    writeFileSync(join(writers, id, randomUUID()), path)
  await next()
  expect(readFileSync(far, 'utf8')).toBe('kept')
  expect(readFileSync(join(root, 'mine/rows.parquet'), 'utf8')).toBe('kept')
  expect(existsSync(join(root, 'flights.proml'))).toBe(true)
  expect(existsSync(join(writers, id))).toBe(false)
  outside.remove()
})
