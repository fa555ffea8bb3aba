import { statfs } from 'node:fs/promises'
import { checkManifest, type Descriptor, isTagName } from '@shared/registry/manifest'
import { RegistryError, type RemoteRepository } from './remote'
import type { ObjectStore } from './store/store'

export interface PullOptions {
  readonly store: ObjectStore
  /** Folder whose disk has to hold it. */
  readonly objects: string
  readonly repository: RemoteRepository
  /** A tag or a digest. */
  readonly reference: string
  readonly onProgress: (received: number, total: number) => void
  readonly signal: AbortSignal
}

const requireRoom = async (folder: string, bytes: number): Promise<void> => {
  const facts = await statfs(folder).catch(() => null)
  if (facts === null || facts.bavail * facts.bsize > bytes) return
  throw new RegistryError('registry_refused', 'There is not enough room on the disk for this bundle.', {
    hint: `Free ${Math.ceil(bytes / 1_000_000)} MB, then pull again.`,
  })
}

/** Fetch a bundle: its manifest wholly checked before anything is fetched, everything verified before anything is visible. */
export const pullArtifact = async (options: PullOptions): Promise<{ digest: string }> => {
  const { store, repository, reference, signal } = options
  const { bytes } = await repository.getManifest(reference, signal)
  const verdict = checkManifest(new TextDecoder().decode(bytes))
  if (!verdict.isValid)
    throw new RegistryError(
      'registry_refused',
      `The manifest of \`${reference}\` was not accepted: it ${verdict.problem}.`,
      {
        hint: 'Nothing was fetched or written. Ask whoever published it.',
      },
    )
  const blobs = new Map<string, Descriptor>()
  for (const blob of [verdict.manifest.config, ...verdict.manifest.layers]) blobs.set(blob.digest, blob)
  const total = [...blobs.values()].reduce((sum, blob) => sum + blob.size, 0)
  await requireRoom(options.objects, total)

  let received = 0
  const staging = store.stage()
  try {
    for (const blob of blobs.values()) {
      signal.throwIfAborted()
      // A file that is here counts only if its content does.
      if ((await store.blobs.size(blob.digest)) === blob.size && (await store.blobs.isIntact(blob.digest))) {
        received += blob.size
        options.onProgress(received, total)
        continue
      }
      async function* counted(): AsyncGenerator<Uint8Array> {
        for await (const chunk of repository.streamBlob(blob, signal)) {
          yield chunk
          received += chunk.byteLength
          options.onProgress(received, total)
        }
      }
      await staging.add(counted(), { digest: blob.digest, size: blob.size })
    }
    return await staging.commit(bytes, isTagName(reference) ? reference : null)
  } finally {
    await staging.discard()
  }
}
