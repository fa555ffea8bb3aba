import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@shared/errors'
import { expect, it } from 'vitest'
import { projectRoot } from '../support/context'

it('documents every error code a user can meet, and no other', () => {
  const documented = [
    ...readFileSync(join(projectRoot, 'docs/errors.md'), 'utf8').matchAll(/^\| `([a-z_]+)` \|/gm),
  ].map((match) => match[1])
  expect(documented).toEqual([...errorCodes])
})
