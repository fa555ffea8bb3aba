import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { annotationNames, limits, mediaTypes } from '@shared/registry/manifest'
import { digestSchema } from '@shared/registry/registry'
import { z } from 'zod'

/** OCI image-spec 1.1, image-layout.md. */
export const layoutMarker = '{"imageLayoutVersion":"1.0.0"}\n'

const indexSchema = z.object({
  schemaVersion: z.literal(2),
  manifests: z
    .array(
      z.object({
        digest: digestSchema,
        size: z.number().int().min(0).max(limits.manifestBytes),
        artifactType: z.string().max(255).optional(),
        annotations: z.record(z.string(), z.string()).optional(),
      }),
    )
    .max(1_000_000),
})

export interface IndexEntry {
  readonly digest: string
  readonly size: number
  readonly artifactType: string
  /** Null for a manifest without a tag. */
  readonly reference: string | null
}

/** Sorted and without times, so that equal content gives equal bytes. */
export const indexText = (entries: readonly IndexEntry[]): string => {
  const order = (entry: IndexEntry) => `${entry.reference ?? '\uffff'}\n${entry.digest}`
  const manifests = [...entries]
    .sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0))
    .map(({ digest, size, artifactType, reference }) => ({
      mediaType: mediaTypes.manifest,
      digest,
      size,
      artifactType,
      ...(reference === null ? {} : { annotations: { [annotationNames.referenceName]: reference } }),
    }))
  return `${JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }, null, 1)}\n`
}

/** What an `index.json` says; null where it is absent or torn. */
export const readIndex = async (folder: string): Promise<IndexEntry[] | null> => {
  try {
    const parsed = indexSchema.safeParse(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')))
    if (!parsed.success) return null
    return parsed.data.manifests.map(({ digest, size, artifactType = mediaTypes.model, annotations }) => ({
      digest,
      size,
      artifactType,
      reference: annotations?.[annotationNames.referenceName] ?? null,
    }))
  } catch {
    return null
  }
}
