import type { Readable } from 'node:stream'
import type { ErrorCode } from '@shared/errors'
import { StudioError } from '@shared/errors'

/** A failure at the other end, with what the outbox has to know to decide what comes next. */
export class RegistryError extends StudioError {
  readonly status: number | null
  /** How long the registry asked to be left alone. */
  readonly retryAfterMs: number | null

  constructor(
    code: Extract<ErrorCode, 'registry_refused' | 'registry_unreachable' | 'digest_mismatch' | 'not_found'>,
    message: string,
    more: { hint: string; detail?: string; cause?: unknown; status?: number; retryAfterMs?: number | null },
  ) {
    super(code, message, more)
    this.status = more.status ?? null
    this.retryAfterMs = more.retryAfterMs ?? null
  }
}

/** An upload in flight, kept where it survives a restart. */
export interface UploadSession {
  readonly location: string
  /** Bytes that the other end has confirmed. */
  readonly acknowledged: number
}

export interface UploadSessions {
  get(): UploadSession | null
  set(session: UploadSession): void
  clear(): void
}

export interface UploadSource {
  readonly digest: string
  readonly size: number
  /** `end` inclusive. */
  open(range: { readonly start: number; readonly end: number }): Promise<Readable>
}

export interface UploadOptions {
  readonly sessions: UploadSessions
  /** Where the blob stands in this attempt: bytes of it that were there before, and bytes sent since. */
  readonly onProgress: (progress: { readonly resumed: number; readonly sent: number }) => void
  readonly signal: AbortSignal
}

/** One repository of a registry: an OCI server or a folder. `reference` is a tag or a digest. */
export interface RemoteRepository {
  /** True where a blob of this digest and this size is there. */
  hasBlob(blob: { digest: string; size: number }, signal: AbortSignal): Promise<boolean>
  /** Take a blob from another repository of the same registry; false where that is not possible. */
  mountBlob(digest: string, from: string, signal: AbortSignal): Promise<boolean>
  uploadBlob(source: UploadSource, options: UploadOptions): Promise<void>
  /** The digest that `reference` has there, null where there is none. */
  manifestDigest(reference: string, signal: AbortSignal): Promise<string | null>
  putManifest(reference: string, manifest: { digest: string; bytes: Uint8Array }, signal: AbortSignal): Promise<void>
  /** Bytes as they came, at most the manifest limit; their digest is checked against a digest reference. */
  getManifest(reference: string, signal: AbortSignal): Promise<{ digest: string; bytes: Uint8Array }>
  /** At most `size` bytes and one chunk; the caller checks size and digest. */
  streamBlob(blob: { digest: string; size: number }, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Sorted. Empty where the repository does not exist. */
  tags(signal: AbortSignal): Promise<string[]>
}

export interface RemoteRegistry {
  /** Resolves where the registry answers and lets us in; rejects with a `RegistryError`. */
  check(signal: AbortSignal): Promise<void>
  repository(name: string): RemoteRepository
}

const collator = new Intl.Collator('en', { numeric: true })

/** Servers send tags in any order: `v2` stands before `v10`. */
export const sortTags = (tags: readonly string[]): string[] =>
  [...new Set(tags)].sort((a, b) => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0))
