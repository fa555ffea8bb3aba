import { isRepositoryName, repositoryOf } from '@shared/registry/manifest'
import type { Transfer } from '@shared/registry/registry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortTags } from '../../electron/services/registry/remote'
import { nextTag, transferBytesText, transferProgress, transferWord } from '../../renderer/deploy/words'

const transfer = (more: Partial<Transfer>): Transfer => ({
  id: 'x',
  remote: 'local',
  repository: 'late',
  tag: 'v1',
  digest: `sha256:${'a'.repeat(64)}`,
  state: 'queued',
  bytesTotal: 2000,
  bytesSent: 0,
  bytesSkipped: 0,
  attempts: 0,
  nextAttemptAt: null,
  reason: null,
  hint: null,
  createdAt: 0,
  updatedAt: 0,
  ...more,
})

test('the next tag follows the highest number, not the last in the alphabet', () => {
  expect([nextTag([]), nextTag(['v9', 'v10', 'latest']), nextTag(['prod'])]).toEqual(['v1', 'v11', 'v1'])
  expect(sortTags(['v10', 'v2', 'v1', 'v2'])).toEqual(['v1', 'v2', 'v10'])
})

test('a transfer says what it does in words', () => {
  expect(transferWord(transfer({ state: 'waiting', nextAttemptAt: 42_000 }), 0)).toBe('Waiting, tries again in 42 s')
  expect(transferWord(transfer({ state: 'waiting', nextAttemptAt: 0 }), 5_000)).toBe('Waiting, tries again now')
  expect(transferBytesText(transfer({ state: 'done', bytesSkipped: 2000 }))).toBe('Nothing to send, 2 kB were there')
  expect(transferBytesText(transfer({ state: 'running', bytesSent: 1000 }))).toBe('1 kB of 2 kB')
  expect(transferProgress(transfer({ bytesSent: 500, bytesSkipped: 500 }))).toBe(0.5)
})

test('any model name gives a name that a registry takes', () => {
  const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
  fc.assert(
    fc.property(fc.string(), (name) => isRepositoryName(repositoryOf(name))),
    { seed, numRuns: 2000 },
  )
  expect(['late_departure', 'lateDeparture v2', 'Übung', '///'].map(repositoryOf)).toEqual([
    'late_departure',
    'late-departure-v2',
    'ubung',
    'model',
  ])
})
