import { z } from 'zod'
import { digestSchema } from './registry'

/** Media types of the CNCF ModelPack specification 0.0.7 and of OCI image-spec 1.1. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  model: 'application/vnd.cncf.model.manifest.v1+json',
  modelConfig: 'application/vnd.cncf.model.config.v1+json',
  weight: 'application/vnd.cncf.model.weight.v1.raw',
  weightConfig: 'application/vnd.cncf.model.weight.config.v1.raw',
  documentation: 'application/vnd.cncf.model.doc.v1.raw',
  code: 'application/vnd.cncf.model.code.v1.raw',
  dataset: 'application/vnd.cncf.model.dataset.v1.raw',
  featureSet: 'application/vnd.proml.features.v1+json',
  featureSetConfig: 'application/vnd.proml.features.config.v1+json',
} as const

export const annotationNames = {
  filePath: 'org.cncf.model.filepath',
  title: 'org.opencontainers.image.title',
  created: 'org.opencontainers.image.created',
  referenceName: 'org.opencontainers.image.ref.name',
  model: 'io.proml.model',
  namespace: 'io.proml.namespace',
  run: 'io.proml.run',
  draft: 'io.proml.draft',
  metrics: 'io.proml.metrics.test',
  gates: 'io.proml.gates',
  features: 'io.proml.features',
  sourceDigest: 'io.proml.digest.source',
  planDigest: 'io.proml.digest.plan',
  dataDigest: 'io.proml.digest.data',
} as const

export const limits = {
  /** Servers must take 4 MiB; nothing bigger is a manifest of ours. */
  manifestBytes: 4 * 1024 * 1024,
  configBytes: 1024 * 1024,
  layerBytes: 64 * 1024 ** 3,
  layers: 1024,
  pathCharacters: 255,
} as const

const annotationsSchema = z.record(z.string(), z.string())

export const descriptorSchema = z.object({
  mediaType: z.string().min(1).max(255),
  digest: digestSchema,
  size: z.number().int().min(0).max(limits.layerBytes),
  annotations: annotationsSchema.optional(),
})
export type Descriptor = z.infer<typeof descriptorSchema>

export const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.manifest),
  artifactType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(limits.layers),
  annotations: annotationsSchema.optional(),
})
export type Manifest = z.infer<typeof manifestSchema>

/** OCI distribution-spec 1.1, “Pulling manifests”. */
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
export const isRepositoryName = (name: string): boolean => name.length <= 200 && repositoryPattern.test(name)
export const isTagName = (tag: string): boolean => /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(tag)

/** A repository name made of any model name: `lateDeparture v2` → `late-departure-v2`. */
export const repositoryOf = (name: string): string => {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/_{3,}/g, '__')
    .replace(/^[-_]+|[-_]+$/g, '')
    .replace(/-_|_-/g, '-')
  return isRepositoryName(plain) ? plain : 'model'
}

/** Names that Windows gives to devices, with or without an ending. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i

const isControl = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) < 32) return true
  return false
}

/** Why a file path of a manifest cannot be used on every system, inside its bundle; null where it can. */
export const pathProblem = (path: string): string | null => {
  if (path === '') return 'is empty'
  if (path.length > limits.pathCharacters) return 'is too long'
  if (isControl(path)) return 'holds a control character'
  if (path.includes('\\')) return 'holds a backslash'
  if (path.startsWith('/')) return 'is absolute'
  if (/[:*?"<>|]/.test(path)) return 'holds a character that some systems do not allow in names'
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'leaves the bundle'
    if (part.endsWith('.') || part.endsWith(' ')) return 'has a part that ends in a dot or a space'
    if (deviceName.test(part)) return 'has a part that names a device'
  }
  return null
}

export const layerPath = (layer: Descriptor): string =>
  layer.annotations?.[annotationNames.filePath] ?? layer.annotations?.[annotationNames.title] ?? ''

export type ManifestVerdict =
  | { readonly isValid: true; readonly manifest: Manifest }
  | { readonly isValid: false; readonly problem: string }

const refused = (problem: string): ManifestVerdict => ({ isValid: false, problem })

/** What an artifact is, by its type and its config’s; null for what this studio does not know. */
export const artifactKind = ({ artifactType, config }: Manifest): 'model' | 'featureSet' | null => {
  if (artifactType === mediaTypes.model && config.mediaType === mediaTypes.modelConfig) return 'model'
  return artifactType === mediaTypes.featureSet && config.mediaType === mediaTypes.featureSetConfig
    ? 'featureSet'
    : null
}

/** The manifest of a model bundle or a feature set, wholly checked, before anything that it names is fetched or written. */
export const checkManifest = (text: string): ManifestVerdict => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refused('is not JSON')
  }
  const parsed = manifestSchema.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return refused(`has an invalid \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? 'unreadable'}`)
  }
  const manifest = parsed.data
  if (artifactKind(manifest) === null)
    return refused(
      `is neither a model bundle nor a feature set but \`${manifest.artifactType ?? manifest.config.mediaType}\``,
    )
  if (manifest.config.size > limits.configBytes) return refused('has a config that is too large')
  const seen = new Set<string>()
  for (const layer of manifest.layers) {
    const path = layerPath(layer)
    const problem = pathProblem(path)
    if (problem !== null) return refused(`names a file \`${path.slice(0, 80)}\` whose path ${problem}`)
    // Two names that differ in case are one file on half the world's machines.
    const key = path.normalize('NFC').toLowerCase()
    if (seen.has(key)) return refused(`names \`${path}\` twice`)
    seen.add(key)
  }
  for (const key of seen)
    for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1))
      if (seen.has(key.slice(0, end))) return refused(`names \`${key.slice(0, end)}\` as a file and as a folder`)
  return { isValid: true, manifest }
}
