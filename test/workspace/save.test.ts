import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/context'
import { buildProgram, startProgram } from '../support/processes'

test('two studios that save one text lose no line of each other’s', async () => {
  const folder = temporaryFolder()
  const program = await buildProgram('saveProcess', 'test/workspace/saveProcess.ts')
  const file = join(folder.path, 'notes.md')
  writeFileSync(file, '')
  const studios = ['a', 'b', 'c'].map((name) => startProgram(program.path, [folder.path, name, '20']))
  expect(await Promise.all(studios.map(({ ended }) => ended))).toEqual([0, 0, 0])
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const all = ['a', 'b', 'c'].flatMap((name) => Array.from({ length: 20 }, (_, index) => `${name}-${index + 1}`))
  expect(lines.toSorted()).toEqual(all.toSorted())
  program.remove()
  folder.remove()
}, 60_000)
