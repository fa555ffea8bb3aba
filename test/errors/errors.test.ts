import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@shared/errors'
import { expect, it } from 'vitest'
import { exitCodeOf } from '../../electron/cli/exitCodes'
import { projectRoot } from '../support/context'

it('documents every error code a user can meet, and no other', () => {
  const documented = [
    ...readFileSync(join(projectRoot, 'docs/errors.md'), 'utf8').matchAll(/^\| `([a-z_]+)` \|/gm),
  ].map((match) => match[1])
  expect(documented).toEqual([...errorCodes])
})

it('documents what a command exits with for each of them', () => {
  const documented = [
    ...readFileSync(join(projectRoot, 'docs/errors.md'), 'utf8').matchAll(/^\| (\d+) \|[^|]*\|([^|]*)\|$/gm),
  ].flatMap(([, exit, codes]) => [...(codes ?? '').matchAll(/`([a-z_]+)`/g)].map(([, code]) => [code, Number(exit)]))
  expect(Object.fromEntries(documented)).toEqual(exitCodeOf)
  expect(documented).toHaveLength(errorCodes.length)
})
