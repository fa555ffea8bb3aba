import { StudioError } from '@shared/errors'
import { isFeatureSet } from '@shared/language/check/featureSets'
import {
  annotationNames,
  artifactKind,
  type Descriptor,
  layerPath,
  type Manifest,
  mediaTypes,
} from '@shared/registry/manifest'
import type { FeatureSetSummary } from '@shared/registry/registry'
import type { FeatureSet, ProgramText } from '../language/language'
import { canonicalJson, utf8 } from './bytes'
import type { Artifact, ObjectStore } from './store/store'

/** A program is never longer: the language refuses it. */
const programLimitBytes = 16_000_000

/** The files of a namespace and what they declare, as one artifact. No clock is asked: equal content has one digest. */
export const storeFeatureSet = async (
  store: ObjectStore,
  { namespace, files, features }: FeatureSet,
  version: string,
): Promise<{ digest: string }> => {
  const staging = store.stage()
  try {
    const layers: Descriptor[] = []
    for (const { path, text } of files) {
      const blob = await staging.addBytes(utf8(text))
      layers.push({
        mediaType: mediaTypes.code,
        digest: blob.digest,
        size: blob.size,
        annotations: { [annotationNames.filePath]: path, [annotationNames.title]: path },
      })
    }
    const described = features.map(({ usedBy: _users, path: _path, line: _line, ...feature }) => feature)
    const config = await staging.addBytes(utf8(canonicalJson({ namespace, features: described })))
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: mediaTypes.featureSet,
      config: { mediaType: mediaTypes.featureSetConfig, digest: config.digest, size: config.size },
      layers,
      annotations: {
        [annotationNames.title]: namespace,
        [annotationNames.namespace]: namespace,
        [annotationNames.features]: canonicalJson(features.map(({ name }) => name).sort()),
      },
    }
    return await staging.commit(utf8(canonicalJson(manifest)), version)
  } finally {
    await staging.discard()
  }
}

export const featureSetSummary = ({ digest, tags, manifest }: Artifact): FeatureSetSummary => ({
  digest,
  namespace: namespaceOf(manifest),
  versions: [...tags],
  files: manifest.layers.map(layerPath),
  features: namesIn(manifest.annotations?.[annotationNames.features] ?? '[]'),
})

const namesIn = (text: string): string[] => {
  try {
    const names: unknown = JSON.parse(text)
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
  } catch {
    return []
  }
}

export const namespaceOf = ({ annotations }: Manifest): string => annotations?.[annotationNames.title] ?? ''

export const isFeatureSetArtifact = ({ manifest }: Artifact): boolean => artifactKind(manifest) === 'featureSet'

/** The files of `name@version` or `name@sha256:…`; null where the store has no such set. */
export const readFeatureSet = async (store: ObjectStore, reference: string): Promise<readonly ProgramText[] | null> => {
  if (!isFeatureSet(reference)) return null
  const at = reference.indexOf('@')
  const [name, version] = [reference.slice(0, at), reference.slice(at + 1)]
  const found = (await store.artifacts()).find(
    (one) =>
      isFeatureSetArtifact(one) &&
      namespaceOf(one.manifest) === name &&
      (one.digest === version || one.tags.includes(version)),
  )
  if (!found) return null
  const files: ProgramText[] = []
  for (const layer of found.manifest.layers) {
    if (layer.size > programLimitBytes)
      throw new StudioError(
        'registry_refused',
        `\`${layerPath(layer)}\` of \`${reference}\` is too long for a program.`,
        {
          hint: 'Ask whoever published it.',
        },
      )
    const bytes = await store.blobs.read(layer.digest, programLimitBytes)
    files.push({ path: layerPath(layer), text: new TextDecoder().decode(bytes) })
  }
  return files
}
