import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSettings } from '../../electron/services/workspace/settings'
import { temporaryFolder } from '../support/context'
import { buildProgram, startProgram } from '../support/processes'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const quiet = { info: () => {}, warn: () => {}, error: () => {} }
let program: Awaited<ReturnType<typeof buildProgram>>

beforeAll(async () => {
  program = await buildProgram('settingsProcess', 'test/workspace/settingsProcess.ts')
})
afterAll(() => program.remove())

test(`three studios change settings at once and are killed: no change that was kept is lost (seed ${seed})`, async () => {
  const folder = temporaryFolder()
  const home = folder.path
  writeFileSync(join(home, 'settings.json'), '{"byHand": true}')
  const changes = fc.sample(fc.integer({ min: 5, max: 25 }), { seed, numRuns: 3 })
  const lines = await Promise.all(
    changes.map(async (count, writer) => {
      const studio = startProgram(program.path, [home, `w${writer}`])
      await studio.line(`kept w${writer}-${count}`)
      await studio.kill()
      return studio.lines
    }),
  )
  const settings = createSettings(home, quiet)
  // A lock that its holder took into the grave holds up nobody.
  await settings.save({ last: true })
  const kept = lines.flat().flatMap((line) => (line.startsWith('kept ') ? [line.slice('kept '.length)] : []))
  const trusted = lines.flat().flatMap((line) => (line.startsWith('trusted ') ? [line.slice('trusted '.length)] : []))
  const values = settings.read()
  expect(kept.length).toBeGreaterThanOrEqual(15)
  expect(kept.filter((key) => !(key in values))).toEqual([])
  expect(values).toMatchObject({ byHand: true, last: true })
  expect(trusted.filter((root) => !settings.isTrustedFolder(root))).toEqual([])
  expect(existsSync(join(home, 'settings.json'))).toBe(true)
  expect(readdirSync(home).filter((name) => name.startsWith('settings.damaged'))).toEqual([])
  folder.remove()
}, 60_000)
