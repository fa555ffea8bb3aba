import type { Remote, Transfer, Verdict } from '@shared/registry/registry'
import type { Tone } from '../ui/chip'
import { formatBytes, formatDuration } from '../ui/format'

export const remoteWords: Record<Remote['state'], readonly [string, Tone]> = {
  unknown: ['not checked', 'neutral'],
  online: ['online', 'good'],
  offline: ['offline', 'warn'],
  refused: ['refused', 'bad'],
}

export const verdictWords: Record<Verdict['verdict'], readonly [string, Tone]> = {
  passed: ['Passed', 'good'],
  failed: ['Failed', 'bad'],
  unknown: ['Not measured', 'warn'],
}

export const transferTones: Record<Transfer['state'], Tone> = {
  queued: 'accent',
  running: 'accent',
  waiting: 'warn',
  blocked: 'bad',
  done: 'good',
  cancelled: 'neutral',
}

/** The state of a transfer as one says it. */
export const transferWord = (transfer: Transfer, now: number): string => {
  switch (transfer.state) {
    case 'queued':
      return 'Queued'
    case 'running':
      return 'Sending'
    case 'waiting': {
      const left = (transfer.nextAttemptAt ?? now) - now
      return left < 1000 ? 'Waiting, tries again now' : `Waiting, tries again in ${formatDuration(left)}`
    }
    case 'blocked':
      return 'Blocked'
    case 'done':
      return 'Arrived'
    case 'cancelled':
      return 'Cancelled'
  }
}

export const transferProgress = (transfer: Transfer): number =>
  transfer.bytesTotal === 0 ? 1 : Math.min(1, (transfer.bytesSent + transfer.bytesSkipped) / transfer.bytesTotal)

export const transferBytesText = ({ bytesSent, bytesSkipped, bytesTotal, state }: Transfer): string => {
  if (state === 'done')
    return bytesSent === 0
      ? `Nothing to send, ${formatBytes(bytesSkipped)} were there`
      : `${formatBytes(bytesSent)} sent${bytesSkipped > 0 ? `, ${formatBytes(bytesSkipped)} were there` : ''}`
  return `${formatBytes(bytesSent + bytesSkipped)} of ${formatBytes(bytesTotal)}`
}

/** `sha256:1f0b…` short enough for a row, long enough to tell two apart. */
export const shortDigest = (digest: string): string => digest.slice('sha256:'.length, 'sha256:'.length + 12)

/** One after the highest `v<n>` in use. */
export const nextTag = (tags: readonly string[]): string => {
  const numbers = tags.flatMap((tag) => (/^v\d{1,9}$/.test(tag) ? [Number(tag.slice(1))] : []))
  return `v${Math.max(0, ...numbers) + 1}`
}
