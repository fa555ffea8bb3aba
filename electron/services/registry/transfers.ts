import { type Transfer, transferSchema } from '@shared/registry/registry'
import type { OwnDatabase } from '../workspace/ownDatabase'
import type { UploadSessions } from './remote'

/** A row of `outbox` as the contract shows it. */
export const readTransfer = (row: Record<string, unknown>): Transfer =>
  transferSchema.parse({
    id: row.id,
    remote: row.remote,
    repository: row.repository,
    tag: row.tag,
    digest: row.digest,
    state: row.state,
    bytesTotal: row.bytes_total,
    bytesSent: row.bytes_sent,
    bytesSkipped: row.bytes_skipped,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    reason: row.reason,
    hint: row.hint,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  })

/** Uploads in flight, by the place they go to: they outlive this process. */
export const uploadSessions = (
  database: OwnDatabase,
  target: string,
  repository: string,
  digest: string,
): UploadSessions => ({
  get() {
    const row = database
      .prepare('SELECT location, acknowledged FROM upload WHERE target = ? AND repository = ? AND digest = ?')
      .get(target, repository, digest)
    return row === undefined ? null : { location: String(row.location), acknowledged: Number(row.acknowledged) }
  },
  set({ location, acknowledged }) {
    database
      .prepare(
        `INSERT INTO upload (target, repository, digest, location, acknowledged, updated_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (target, repository, digest)
         DO UPDATE SET location = excluded.location, acknowledged = excluded.acknowledged, updated_at = excluded.updated_at`,
      )
      .run(target, repository, digest, location, acknowledged, Date.now())
  },
  clear() {
    database
      .prepare('DELETE FROM upload WHERE target = ? AND repository = ? AND digest = ?')
      .run(target, repository, digest)
  },
})
