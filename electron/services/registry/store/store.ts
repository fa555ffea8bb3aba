import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StudioError } from '@shared/errors'
import {
  annotationNames,
  artifactKind,
  checkManifest,
  isTagName,
  limits,
  type Manifest,
  mediaTypes,
} from '@shared/registry/manifest'
import { inTransaction, type OwnDatabase } from '../../workspace/ownDatabase'
import { type BlobFacts, type Blobs, createBlobs, type StagedBlob } from './blobs'
import { openStateDatabase } from './database'
import { diskFiles, type StoreFiles } from './files'
import { indexText, layoutMarker, readIndex } from './layout'

/** Blobs on their way into the store: all of them become visible together, or none. */
export interface Staging {
  add(source: AsyncIterable<Uint8Array>, expected?: Partial<BlobFacts>): Promise<BlobFacts>
  addBytes(bytes: Uint8Array): Promise<BlobFacts>
  /** Publish the blobs, the manifest last, and record it; `alongside` runs in the same transaction. */
  commit(manifest: Uint8Array, tag: string | null, alongside?: () => void): Promise<{ digest: string }>
  /** Remove what was staged. Does nothing after `commit`. */
  discard(): Promise<void>
}

export interface Artifact {
  readonly digest: string
  readonly name: string
  readonly size: number
  readonly createdAt: number
  readonly tags: readonly string[]
  readonly manifest: Manifest
}

export interface ObjectStore {
  readonly database: OwnDatabase
  readonly blobs: Blobs
  stage(): Staging
  /** Newest first. Bundles whose manifest is damaged are left out; `verify` names them. */
  artifacts(): Promise<Artifact[]>
  artifact(digest: string): Promise<Artifact>
  manifestBytes(digest: string): Promise<Uint8Array>
  /** Point `<name>:<tag>` at a bundle; `alongside` runs in the same transaction. */
  tag(digest: string, tag: string, alongside?: () => void): Promise<void>
  verify(signal?: AbortSignal): Promise<{ blobs: number; bytes: number; damaged: string[] }>
  close(): void
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Feature sets have a folder of names to themselves: a model may be called as a namespace is. */
const nameOf = (manifest: Manifest): string => {
  const title = manifest.annotations?.[annotationNames.title]
  if (artifactKind(manifest) === 'featureSet') return `features/${title ?? 'unnamed'}`
  return manifest.annotations?.[annotationNames.model] ?? title ?? 'model'
}

const createdOf = (manifest: Manifest): number => {
  const time = Date.parse(manifest.annotations?.[annotationNames.created] ?? '')
  return Number.isFinite(time) ? time : 0
}

const parseManifest = (bytes: Uint8Array): Manifest => {
  const verdict = checkManifest(new TextDecoder().decode(bytes))
  if (verdict.isValid) return verdict.manifest
  throw new StudioError('registry_refused', `The bundle’s manifest ${verdict.problem}.`, {
    hint: 'Nothing was written. Ask whoever published it.',
  })
}

/** The workspace's own store: an OCI image layout at `objects`, what is in flight in `stateFile`. */
export const openObjectStore = async (
  objects: string,
  stateFile: string,
  files: StoreFiles = diskFiles,
): Promise<ObjectStore> => {
  await files.makeFolder(objects)
  const blobs = createBlobs(objects, files)
  const database = openStateDatabase(stateFile)
  /** Manifests never change under their digest; each was checked when it was read. */
  const known = new Map<string, Manifest>()

  const manifestBytes = (digest: string) => blobs.read(digest, limits.manifestBytes)

  const manifestOf = async (digest: string): Promise<Manifest> => {
    const cached = known.get(digest)
    if (cached !== undefined) return cached
    const manifest = parseManifest(await manifestBytes(digest))
    known.set(digest, manifest)
    return manifest
  }

  const writeWhole = async (path: string, text: string): Promise<void> => {
    const current = await readFile(path, 'utf8').catch(() => null)
    if (current === text) return
    const staged = await blobs.stage(once(new TextEncoder().encode(text)))
    try {
      await files.rename(staged.part, path)
    } catch (error) {
      await files.remove(staged.part)
      throw error
    }
    await files.syncFolder(dirname(path))
  }

  const projectNow = async (): Promise<void> => {
    const rows = database
      .prepare(
        `SELECT artifact.digest AS digest, artifact.name AS kept, size, ref.name AS name, tag FROM artifact LEFT JOIN ref ON ref.digest = artifact.digest`,
      )
      .all()
    const entries = rows.map((row) => ({
      digest: String(row.digest),
      size: Number(row.size),
      artifactType: String(row.kept).startsWith('features/') ? mediaTypes.featureSet : mediaTypes.model,
      reference: row.tag === null ? null : `${row.name}:${row.tag}`,
    }))
    await writeWhole(join(objects, 'oci-layout'), layoutMarker)
    await writeWhole(join(objects, 'index.json'), indexText(entries))
  }

  let projecting: Promise<void> = Promise.resolve()
  /** `index.json` is for other tools and for a lost `state.db`; the tables are the truth. One at a time: the last to read them writes last. */
  const project = (): Promise<void> => {
    const next = projecting.catch(() => {}).then(projectNow)
    projecting = next
    // Its failure is the caller's; here it only must not count as unhandled.
    next.catch(() => {})
    return next
  }

  const record = (digest: string, size: number, manifest: Manifest): void => {
    database
      .prepare(
        `INSERT INTO artifact (digest, name, size, created_at, recorded_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(digest, nameOf(manifest), size, createdOf(manifest), Date.now())
  }

  const point = (name: string, tag: string, digest: string): void => {
    database
      .prepare(
        `INSERT INTO ref (name, tag, digest, updated_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (name, tag) DO UPDATE SET digest = excluded.digest, updated_at = excluded.updated_at`,
      )
      .run(name, tag, digest, Date.now())
  }

  const requireTag = (tag: string): void => {
    if (!isTagName(tag))
      throw new StudioError('invalid_input', `\`${tag}\` cannot be a tag.`, {
        hint: 'Use letters, digits, `.`, `_` and `-`, at most 128, starting with a letter or a digit.',
      })
  }

  /** Into fresh tables: what the index names, and every other manifest that lies among the blobs. */
  const recover = async (): Promise<void> => {
    const wasRecovered = database.prepare(`SELECT value FROM meta WHERE key = 'recovered'`).get() !== undefined
    if (wasRecovered) return
    const entries = (await readIndex(objects)) ?? []
    const found: { digest: string; size: number; manifest: Manifest }[] = []
    for (const blob of await blobs.list()) {
      if (blob.size > limits.manifestBytes) continue
      const bytes = await manifestBytes(blob.digest).catch(() => null)
      if (bytes === null || bytes[0] !== 0x7b) continue
      const verdict = checkManifest(new TextDecoder().decode(bytes))
      if (verdict.isValid) found.push({ ...blob, manifest: verdict.manifest })
    }
    inTransaction(database, () => {
      for (const { digest, size, manifest } of found) record(digest, size, manifest)
      for (const { digest, reference } of entries) {
        const manifest = found.find((one) => one.digest === digest)?.manifest
        const tag = reference?.slice(reference.lastIndexOf(':') + 1)
        if (manifest !== undefined && tag !== undefined && isTagName(tag)) point(nameOf(manifest), tag, digest)
      }
      database.prepare(`INSERT OR REPLACE INTO meta (key, value) VALUES ('recovered', 'yes')`).run()
    })
  }

  const tagsOf = (digest: string): string[] =>
    database
      .prepare('SELECT tag FROM ref WHERE digest = ? ORDER BY tag')
      .all(digest)
      .map((row) => String(row.tag))

  const artifact = async (digest: string): Promise<Artifact> => {
    const row = database.prepare('SELECT name, size, created_at FROM artifact WHERE digest = ?').get(digest)
    if (row === undefined)
      throw new StudioError('not_found', `There is no bundle ${digest.slice(0, 19)}… in this workspace.`, {
        hint: 'Bundle a run, or pull the bundle from a registry.',
      })
    return {
      digest,
      name: String(row.name),
      size: Number(row.size),
      createdAt: Number(row.created_at),
      tags: tagsOf(digest),
      manifest: await manifestOf(digest),
    }
  }

  await blobs.sweepIngest()
  await recover()
  await project()

  return {
    database,
    blobs,
    manifestBytes,
    artifact,

    stage() {
      let staged: StagedBlob[] = []
      const add: Staging['add'] = async (source, expected) => {
        const blob = await blobs.stage(source, expected)
        staged.push(blob)
        return { digest: blob.digest, size: blob.size }
      }
      const discard = async (): Promise<void> => {
        const parts = staged
        staged = []
        await blobs.discard(parts)
      }
      return {
        add,
        addBytes: (bytes) => add(once(bytes)),
        discard,
        async commit(bytes, tag, alongside) {
          if (tag !== null) requireTag(tag)
          const manifest = parseManifest(bytes)
          for (const named of [manifest.config, ...manifest.layers]) {
            const own = staged.find((blob) => blob.digest === named.digest)
            const size = own === undefined ? await blobs.size(named.digest) : own.size
            if (size !== named.size)
              throw new StudioError(
                'digest_mismatch',
                `The bundle’s manifest gives a wrong size for one of its files.`,
                {
                  hint: 'Nothing was written. Ask whoever published it.',
                  detail: `${named.digest}: ${named.size}, is ${size}`,
                },
              )
          }
          const { digest, size } = await add(once(bytes))
          await blobs.publish(staged)
          staged = []
          inTransaction(database, () => {
            record(digest, size, manifest)
            if (tag !== null) point(nameOf(manifest), tag, digest)
            alongside?.()
          })
          known.set(digest, manifest)
          await project()
          return { digest }
        },
      }
    },

    async artifacts() {
      const rows = database.prepare('SELECT digest FROM artifact ORDER BY created_at DESC, recorded_at DESC').all()
      const all: Artifact[] = []
      for (const row of rows) {
        const one = await artifact(String(row.digest)).catch(() => null)
        if (one !== null) all.push(one)
      }
      return all
    },

    async tag(digest, tag, alongside) {
      requireTag(tag)
      const { name } = await artifact(digest)
      inTransaction(database, () => {
        point(name, tag, digest)
        alongside?.()
      })
      await project()
    },

    async verify(signal) {
      const wrong = new Set<string>()
      let bytes = 0
      const list = await blobs.list()
      for (const blob of list) {
        signal?.throwIfAborted()
        bytes += blob.size
        if (!(await blobs.isIntact(blob.digest))) wrong.add(blob.digest)
      }
      const present = new Set(list.map((blob) => blob.digest))
      for (const row of database.prepare('SELECT digest FROM artifact').all()) {
        const digest = String(row.digest)
        if (!present.has(digest)) wrong.add(digest)
        if (wrong.has(digest)) continue
        // Past the cache: verifying is about what lies on the disk.
        const manifest = parseManifest(await manifestBytes(digest))
        for (const named of [manifest.config, ...manifest.layers])
          if (!present.has(named.digest)) wrong.add(named.digest)
      }
      return { blobs: list.length, bytes, damaged: [...wrong].sort() }
    },

    close() {
      database.close()
    },
  }
}
