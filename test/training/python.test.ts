import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../support/context'
import { python, pythonEnvironment, runPython } from './fixture'

test('the Python side passes its own tests', { timeout: 180_000 }, async () => {
  const cwd = join(projectRoot, 'resources/python')
  const seed = process.env.PROML_SEED ?? String(Math.floor(Math.random() * 2 ** 30))
  const args = ['-m', 'unittest', 'discover', '-s', 'tests', '-t', '.']
  const env = { ...process.env, ...pythonEnvironment, PROML_SEED: seed }
  const { stderr } = await runPython(python, args, { cwd, env }).catch((error: unknown) => {
    throw new Error(
      `PROML_SEED=${seed}\n${error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)}`,
    )
  })
  const count = Number(/Ran (\d+) tests/.exec(stderr)?.[1] ?? 0)
  console.log(`${count} Python tests passed (PROML_SEED=${seed})`)
  expect(count).toBeGreaterThan(40)
  expect(stderr).toMatch(/\nOK/)
})
