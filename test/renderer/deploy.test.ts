import type { Transfer } from '@shared/registry/registry'
import { expect, test } from 'vitest'
import { withNewer } from '../../renderer/deploy/merge'

const transfer = (id: string, state: Transfer['state'], updatedAt: number): Transfer => ({
  id,
  remote: 'team',
  repository: 'late_departure',
  tag: 'v1',
  digest: `sha256:${'0'.repeat(64)}`,
  state,
  bytesTotal: 10,
  bytesSent: 10,
  bytesSkipped: 0,
  attempts: 1,
  nextAttemptAt: null,
  reason: null,
  hint: null,
  createdAt: 1,
  updatedAt,
})

test('a transfer that arrived while the list was being read stays arrived', () => {
  const read = [transfer('b', 'running', 20), transfer('a', 'running', 10)]
  const told = [transfer('a', 'done', 10), transfer('b', 'queued', 15), transfer('gone', 'waiting', 30)]
  expect(withNewer(read, told)).toEqual([transfer('b', 'running', 20), transfer('a', 'done', 10)])
})
