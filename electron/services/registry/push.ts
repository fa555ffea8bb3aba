import type { Descriptor, Manifest } from '@shared/registry/manifest'
import { RegistryError, type RemoteRepository, type UploadSessions, type UploadSource } from './remote'
import type { ObjectStore } from './store/store'

export interface PushProgress {
  readonly bytesSent: number
  readonly bytesSkipped: number
}

export interface PushOptions {
  readonly store: ObjectStore
  readonly repository: RemoteRepository
  readonly digest: string
  readonly tag: string
  readonly sessions: (digest: string) => UploadSessions
  /** Repositories of the same registry that hold the blob already, as far as is known here. */
  readonly mountFrom: (digest: string) => readonly string[]
  readonly onProgress: (progress: PushProgress) => void
  readonly signal: AbortSignal
}

/** Each blob once, layers before the config: a registry sees what a manifest names before it sees the manifest. */
const blobsOf = (manifest: Manifest): Descriptor[] => {
  const seen = new Map<string, Descriptor>()
  for (const blob of [...manifest.layers, manifest.config]) if (!seen.has(blob.digest)) seen.set(blob.digest, blob)
  return [...seen.values()]
}

export const transferBytes = (manifest: Manifest, manifestSize: number): number =>
  blobsOf(manifest).reduce((sum, blob) => sum + blob.size, manifestSize)

const uploadOnceMore = async (
  options: PushOptions,
  blob: Descriptor,
  upload: (source: UploadSource) => Promise<void>,
): Promise<void> => {
  const { store } = options
  const source: UploadSource = {
    digest: blob.digest,
    size: blob.size,
    open: (range) => store.blobs.stream(blob.digest, range),
  }
  try {
    await upload(source)
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'digest_mismatch') throw error
    options.sessions(blob.digest).clear()
    // Who is wrong: this disk or the other end?
    if (!(await store.blobs.isIntact(blob.digest)))
      throw new RegistryError('digest_mismatch', 'A file of this bundle is damaged in the local store.', {
        hint: 'Bundle the run again: it replaces the damaged file. Then retry.',
        detail: blob.digest,
      })
    await upload(source)
  }
}

/** Bring a bundle to a repository. Every step may be repeated: what is there already is not sent again. */
export const pushArtifact = async (options: PushOptions): Promise<void> => {
  const { store, repository, digest, tag, signal } = options
  const { manifest, size } = await store.artifact(digest)
  const bytes = await store.manifestBytes(digest)
  const total = transferBytes(manifest, size)
  let sent = 0
  let skipped = 0
  const report = (): void => options.onProgress({ bytesSent: sent, bytesSkipped: skipped })

  if ((await repository.manifestDigest(tag, signal)) === digest) {
    skipped = total
    report()
    return
  }
  if ((await repository.manifestDigest(digest, signal)) === digest) {
    skipped = total
    report()
  } else {
    for (const blob of blobsOf(manifest)) {
      signal.throwIfAborted()
      if (await repository.hasBlob(blob, signal)) {
        skipped += blob.size
        report()
        continue
      }
      let isMounted = false
      for (const from of options.mountFrom(blob.digest)) {
        isMounted = await repository.mountBlob(blob.digest, from, signal)
        if (isMounted) break
      }
      if (isMounted) {
        skipped += blob.size
        report()
        continue
      }
      const before = { sent, skipped }
      await uploadOnceMore(options, blob, (source) =>
        repository.uploadBlob(source, {
          sessions: options.sessions(blob.digest),
          onProgress: (progress) => {
            sent = before.sent + progress.sent
            skipped = before.skipped + progress.resumed
            report()
          },
          signal,
        }),
      )
    }
    await repository.putManifest(digest, { digest, bytes }, signal)
    sent += bytes.byteLength
    report()
  }
  await repository.putManifest(tag, { digest, bytes }, signal)
  // Read back: only a tag that is seen there was pushed.
  const found = await repository.manifestDigest(tag, signal)
  if (found === digest) return
  throw new RegistryError(
    'registry_refused',
    found === null
      ? 'The tag was taken, but is not there.'
      : 'Someone else moved this tag at the same moment, and theirs stands.',
    { hint: 'Look at what the tag holds now, then retry to put yours there.', detail: `found ${found}` },
  )
}
