import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StudioError } from '@shared/errors'
import { checkManifest, isTagName, limits, mediaTypes } from '@shared/registry/manifest'
import { RegistryError, type RemoteRegistry, type RemoteRepository, sortTags } from './remote'
import { createBlobs } from './store/blobs'
import { diskFiles } from './store/files'
import { type IndexEntry, indexText, layoutMarker, readIndex } from './store/layout'

/** A lock older than this was left by a crash: what it guards takes milliseconds. */
const staleLockMs = 30_000
const lockPatienceMs = 15_000

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** What the index says of a manifest, so that other tools can tell models from feature sets. */
const typeIn = (manifest: Uint8Array): string => {
  const verdict = checkManifest(new TextDecoder().decode(manifest))
  return (verdict.isValid ? verdict.manifest.artifactType : undefined) ?? mediaTypes.model
}

/** A disk's failure in the words and kinds of a registry's. */
const folderError = (error: unknown, root: string): Error => {
  if (error instanceof StudioError || (error instanceof Error && error.name === 'AbortError')) return error
  const refusals: Record<string, string> = {
    EACCES: 'you may not write there',
    EPERM: 'you may not write there',
    EROFS: 'it is read-only',
    ENOSPC: 'its disk is full',
    EDQUOT: 'your share of its disk is full',
  }
  const reason = refusals[codeOf(error)]
  if (reason !== undefined)
    return new RegistryError('registry_refused', `The folder \`${root}\` refuses: ${reason}.`, {
      hint: 'Make room or get the right to write there, then retry.',
      cause: error,
    })
  return new RegistryError('registry_unreachable', `The folder \`${root}\` cannot be used now.`, {
    hint: 'Check that its drive is connected. It will be tried again by itself.',
    cause: error,
  })
}

const withLock = async <T>(folder: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  const lock = join(folder, 'index.lock')
  const giveUpAt = Date.now() + lockPatienceMs
  for (;;) {
    try {
      const file = await diskFiles.createExclusive(lock)
      await file.close()
      break
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      const facts = await stat(lock).catch(() => null)
      if (facts !== null && Date.now() - facts.mtimeMs > staleLockMs) await rm(lock, { force: true })
      if (Date.now() > giveUpAt)
        throw new RegistryError('registry_unreachable', 'Someone else is writing to this folder.', {
          hint: 'It will be tried again by itself.',
        })
      await delay(20 + Math.random() * 40, undefined, { signal })
    }
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

const repositoryOfFolder = (root: string, name: string): RemoteRepository => {
  const folder = join(root, ...name.split('/'))
  const blobs = createBlobs(folder, diskFiles)

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw folderError(error, root)
    }
  }

  async function* bytesOf(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
    yield typeof text === 'string' ? new TextEncoder().encode(text) : text
  }

  const writeWhole = async (path: string, text: string): Promise<void> => {
    const staged = await blobs.stage(bytesOf(text))
    await diskFiles.rename(staged.part, path)
    await diskFiles.syncFolder(folder)
  }

  const entriesOf = async (): Promise<IndexEntry[]> => {
    const entries = await readIndex(folder)
    if (entries !== null) return entries
    const hasIndex = await stat(join(folder, 'index.json')).then(
      () => true,
      () => false,
    )
    if (!hasIndex) return []
    throw new RegistryError('registry_refused', `\`${join(folder, 'index.json')}\` cannot be read.`, {
      hint: 'It is damaged: restore it from a backup, or move the folder away and push again.',
    })
  }

  const find = async (reference: string): Promise<IndexEntry | null> => {
    const entries = await entriesOf()
    return (
      entries.find((entry) => (isTagName(reference) ? entry.reference === reference : entry.digest === reference)) ??
      null
    )
  }

  return {
    hasBlob: ({ digest, size }) => guarded(async () => (await blobs.size(digest)) === size),
    mountBlob: async () => false,

    uploadBlob: (source, { onProgress, signal }) =>
      guarded(async () => {
        const input = source.size === 0 ? bytesOf('') : await source.open({ start: 0, end: source.size - 1 })
        async function* counted(): AsyncGenerator<Uint8Array> {
          let sent = 0
          for await (const chunk of input) {
            signal.throwIfAborted()
            if (!(chunk instanceof Uint8Array)) continue
            yield chunk
            sent += chunk.byteLength
            onProgress({ resumed: 0, sent })
          }
        }
        await blobs.publish([await blobs.stage(counted(), source)])
      }),

    manifestDigest: (reference) => guarded(async () => (await find(reference))?.digest ?? null),

    putManifest: (reference, { digest, bytes }, signal) =>
      guarded(async () => {
        await blobs.publish([await blobs.stage(bytesOf(bytes), { digest, size: bytes.byteLength })])
        await withLock(folder, signal, async () => {
          const entries = await entriesOf()
          const tag = isTagName(reference) ? reference : null
          // A tag stands once; a manifest stands without a tag only while it has none.
          const others = entries.filter(
            (entry) =>
              !(entry.reference === tag && tag !== null) && !(entry.digest === digest && entry.reference === null),
          )
          const isTagged = others.some((entry) => entry.digest === digest)
          const size = bytes.byteLength
          const own = tag === null && isTagged ? [] : [{ digest, size, artifactType: typeIn(bytes), reference: tag }]
          const displaced = entries.find((entry) => tag !== null && entry.reference === tag)
          const keepsUntagged =
            displaced !== undefined &&
            displaced.digest !== digest &&
            !others.some((entry) => entry.digest === displaced.digest)
              ? [{ ...displaced, reference: null }]
              : []
          const marker = join(folder, 'oci-layout')
          if ((await readFile(marker, 'utf8').catch(() => '')) !== layoutMarker) await writeWhole(marker, layoutMarker)
          await writeWhole(join(folder, 'index.json'), indexText([...others, ...own, ...keepsUntagged]))
        })
      }),

    getManifest: (reference) =>
      guarded(async () => {
        const entry = await find(reference)
        if (entry === null)
          throw new RegistryError('not_found', `There is no \`${name}:${reference}\` in \`${root}\`.`, {
            hint: 'Check the repository’s name and the tag.',
          })
        return { digest: entry.digest, bytes: await blobs.read(entry.digest, limits.manifestBytes) }
      }),

    async *streamBlob({ digest }, signal) {
      try {
        for await (const chunk of await blobs.stream(digest)) {
          signal.throwIfAborted()
          if (chunk instanceof Uint8Array) yield chunk
        }
      } catch (error) {
        throw folderError(error, root)
      }
    },

    tags: () =>
      guarded(async () =>
        sortTags((await entriesOf()).flatMap(({ reference }) => (reference === null ? [] : [reference]))),
      ),
  }
}

/** A folder that holds one OCI image layout a repository: a network drive, a stick, or a folder of the workspace. */
export const createDirectoryRegistry = (
  root: string,
  options: {
    /** Make the folder where it is missing; not for a drive that may be unplugged. */ readonly isOwn: boolean
  },
): RemoteRegistry => {
  const ensure = async (): Promise<void> => {
    try {
      if (options.isOwn) await diskFiles.makeFolder(root)
      if (!(await stat(root)).isDirectory())
        throw new RegistryError('registry_refused', `\`${root}\` is not a folder.`, { hint: 'Choose a folder.' })
    } catch (error) {
      throw folderError(error, root)
    }
  }
  return {
    check: ensure,
    repository(name) {
      if (name.split('/').some((part) => part === 'blobs' || part === 'ingest'))
        throw new RegistryError('registry_refused', `A folder registry cannot hold a repository \`${name}\`.`, {
          hint: 'Choose a name without a part `blobs` or `ingest`.',
        })
      const repository = repositoryOfFolder(root, name)
      return {
        ...repository,
        async uploadBlob(source, uploadOptions) {
          // A missing root is an unplugged drive; writing would make a shadow of it on this disk.
          await ensure()
          await repository.uploadBlob(source, uploadOptions)
        },
        async manifestDigest(reference, signal) {
          await ensure()
          return repository.manifestDigest(reference, signal)
        },
        async tags(signal) {
          await ensure()
          return repository.tags(signal)
        },
      }
    },
  }
}
