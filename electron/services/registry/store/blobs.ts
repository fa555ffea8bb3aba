import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { StudioError } from '@shared/errors'
import { digestSchema } from '@shared/registry/registry'
import type { StoreFiles } from './files'

export interface BlobFacts {
  readonly digest: string
  readonly size: number
}

/** A verified file in `ingest/` that is not part of the store yet. */
export interface StagedBlob extends BlobFacts {
  readonly part: string
}

export interface Blobs {
  path(digest: string): string
  /** Size of the blob's file, null where there is none. Says nothing about its content. */
  size(digest: string): Promise<number | null>
  /** Hash while streaming into `ingest/`, fsync. More bytes than `expected.size`, fewer, or others: `digest_mismatch`, nothing left. */
  stage(source: AsyncIterable<Uint8Array>, expected?: Partial<BlobFacts>): Promise<StagedBlob>
  discard(staged: readonly StagedBlob[]): Promise<void>
  /** Move staged blobs into place, in order, and fsync their folder. */
  publish(staged: readonly StagedBlob[]): Promise<void>
  /** The whole blob, its digest checked. */
  read(digest: string, limitBytes: number): Promise<Uint8Array>
  /** A stream from `start` on; the caller's other end checks the digest. */
  stream(digest: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>
  /** Re-hash one blob's file. */
  isIntact(digest: string): Promise<boolean>
  list(): Promise<BlobFacts[]>
  /** Remove what a killed process left in `ingest/`. */
  sweepIngest(): Promise<void>
}

const dayMs = 24 * 3600 * 1000

export const isProcessAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const damaged = (digest: string, detail: string): StudioError =>
  new StudioError('digest_mismatch', `A stored file is damaged: its content is not what its digest says.`, {
    hint: 'Bundle the run again, or pull the bundle again: either replaces the damaged file.',
    detail: `${digest}: ${detail}`,
  })

/** A full disk in words; any other error as it is. */
const inWords = (error: unknown): unknown =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    ? new StudioError('permission_denied', 'The disk is full.', {
        hint: 'Make room and try again. Nothing half-written was kept.',
        cause: error,
      })
    : error

const missing = (digest: string, cause: unknown): StudioError =>
  new StudioError('not_found', 'A file of this bundle is missing from the local store.', {
    hint: 'Bundle the run again, or pull the bundle again.',
    detail: digest,
    cause,
  })

export const createBlobs = (objects: string, files: StoreFiles): Blobs => {
  const folder = join(objects, 'blobs', 'sha256')
  const ingest = join(objects, 'ingest')

  const path = (digest: string): string => {
    if (!digestSchema.safeParse(digest).success)
      throw new StudioError('invalid_input', `\`${digest.slice(0, 80)}\` is not a digest.`, {
        hint: 'A digest is `sha256:` and 64 hexadecimal digits.',
      })
    return join(folder, digest.slice('sha256:'.length))
  }

  /** No links: a link in the store would let its bytes change under their digest. */
  const openBlob = async (digest: string): Promise<FileHandle> => {
    try {
      return await open(path(digest), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    } catch (error) {
      if (error instanceof StudioError) throw error
      throw missing(digest, error)
    }
  }

  const isIntact = async (digest: string): Promise<boolean> => {
    let handle: FileHandle
    try {
      handle = await openBlob(digest)
    } catch {
      return false
    }
    const hash = createHash('sha256')
    for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk)
    return `sha256:${hash.digest('hex')}` === digest
  }

  return {
    path,
    isIntact,

    async size(digest) {
      try {
        const facts = await stat(path(digest))
        return facts.isFile() ? facts.size : null
      } catch (error) {
        if (error instanceof StudioError) throw error
        return null
      }
    },

    async stage(source, expected = {}) {
      await files.makeFolder(ingest)
      // The process in the name lets the next start tell a crash's leftover from a neighbour's work.
      const part = join(ingest, `${process.pid}-${randomUUID()}.part`)
      const hash = createHash('sha256')
      let size = 0
      const file = await files.createExclusive(part)
      try {
        try {
          for await (const chunk of source) {
            size += chunk.byteLength
            if (expected.size !== undefined && size > expected.size)
              throw new StudioError('digest_mismatch', `More bytes came than the announced ${expected.size}.`, {
                hint: 'The source is damaged or not what it says it is. Do not use it.',
                detail: expected.digest,
              })
            hash.update(chunk)
            await file.write(chunk)
          }
          const digest = `sha256:${hash.digest('hex')}`
          if (expected.size !== undefined && size !== expected.size)
            throw new StudioError('digest_mismatch', `${size} bytes came, ${expected.size} were announced.`, {
              hint: 'Try again; if it stays, the source is damaged.',
              detail: expected.digest,
            })
          if (expected.digest !== undefined && digest !== expected.digest)
            throw new StudioError('digest_mismatch', 'The content that came is not what its digest says.', {
              hint: 'Try again; if it stays, the source is damaged or was tampered with.',
              detail: `expected ${expected.digest}, got ${digest}`,
            })
          await file.sync()
          return { part, digest, size }
        } finally {
          await file.close()
        }
      } catch (error) {
        await files.remove(part)
        throw inWords(error)
      }
    },

    async discard(staged) {
      for (const blob of staged) await files.remove(blob.part)
    },

    async publish(staged) {
      await files.makeFolder(folder)
      // A blob that is there already is replaced: what was just hashed is right, what lies there may be damaged.
      for (const blob of staged) await files.rename(blob.part, path(blob.digest))
      await files.syncFolder(folder)
    },

    async read(digest, limitBytes) {
      const handle = await openBlob(digest)
      try {
        const facts = await handle.stat()
        if (!facts.isFile()) throw damaged(digest, 'not a file')
        if (facts.size > limitBytes)
          throw new StudioError('invalid_input', `The file is larger than ${limitBytes} bytes.`, {
            hint: 'Read it as a stream.',
            detail: digest,
          })
        const bytes = await handle.readFile()
        const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
        if (actual !== digest) throw damaged(digest, `content is ${actual}`)
        return bytes
      } finally {
        await handle.close()
      }
    },

    async stream(digest, range) {
      const handle = await openBlob(digest)
      return handle.createReadStream({ ...range, highWaterMark: 1 << 20 })
    },

    async list() {
      let names: string[]
      try {
        names = await readdir(folder)
      } catch {
        return []
      }
      const blobs: BlobFacts[] = []
      for (const name of names.sort()) {
        const digest = `sha256:${name}`
        // Unknown files are allowed in an image layout; they are not ours to judge.
        if (!digestSchema.safeParse(digest).success) continue
        const facts = await stat(join(folder, name)).catch(() => null)
        if (facts?.isFile()) blobs.push({ digest, size: facts.size })
      }
      return blobs
    },

    async sweepIngest() {
      const names = await readdir(ingest).catch(() => [])
      for (const name of names) {
        const owner = /^(\d+)-[0-9a-f-]+\.part$/.exec(name)?.[1]
        if (owner === undefined) continue
        const part = join(ingest, name)
        const facts = await stat(part).catch(() => null)
        if (facts === null) continue
        const isOld = Date.now() - facts.mtimeMs > dayMs
        if (isOld || (Number(owner) !== process.pid && !isProcessAlive(Number(owner)))) await files.remove(part)
      }
    },
  }
}
