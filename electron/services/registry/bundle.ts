import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import { unmetGates } from '@shared/registry/gates'
import { annotationNames, type Descriptor, layerPath, mediaTypes } from '@shared/registry/manifest'
import type { Bundle, Verdict } from '@shared/registry/registry'
import { type Run, runFiles } from '@shared/training/run'
import { canonicalJson, utf8 } from './bytes'
import { modelCard } from './card'
import type { PlanParts } from './gates'
import type { Artifact, ObjectStore } from './store/store'

interface Part {
  readonly file: string
  readonly mediaType: string
  readonly isRequired: boolean
}

/** In the order in which they stand in the manifest. */
const parts: readonly Part[] = [
  { file: runFiles.model, mediaType: mediaTypes.weight, isRequired: true },
  { file: runFiles.signature, mediaType: mediaTypes.weightConfig, isRequired: true },
  { file: runFiles.baseline, mediaType: mediaTypes.weightConfig, isRequired: true },
  { file: runFiles.plan, mediaType: mediaTypes.weightConfig, isRequired: true },
  { file: runFiles.program, mediaType: mediaTypes.code, isRequired: true },
  { file: runFiles.golden, mediaType: mediaTypes.dataset, isRequired: false },
]

const fileOfRun = async (folder: string, file: string) => {
  try {
    const handle = await open(join(folder, file), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    if ((await handle.stat()).isFile()) return handle.createReadStream({ highWaterMark: 1 << 20 })
    await handle.close()
    return null
  } catch {
    return null
  }
}

/** The clock is not asked: one run is one bundle, with one digest, whenever it is made. */
const createdAt = (run: Run): string => new Date(run.endedAt ?? run.startedAt).toISOString()

const configOf = (run: Run, plan: PlanParts, layers: readonly Descriptor[]): unknown => ({
  descriptor: {
    createdAt: createdAt(run),
    name: run.model,
    title: run.model,
    version: run.id,
    ...(plan.documentation.trim() === '' ? {} : { description: plan.documentation.trim() }),
  },
  config: { format: 'onnx', precision: 'float32', capabilities: { inputTypes: ['other'], outputTypes: ['other'] } },
  modelfs: { type: 'layers', diffIds: layers.map((layer) => layer.digest) },
})

const annotationsOf = (
  run: Run,
  plan: PlanParts,
  gates: readonly { gate: string; verdict: string }[],
  isDraft: boolean,
): Record<string, string> => ({
  [annotationNames.created]: createdAt(run),
  [annotationNames.title]: run.model,
  [annotationNames.model]: run.model,
  [annotationNames.namespace]: plan.namespace,
  [annotationNames.run]: run.id,
  [annotationNames.metrics]: canonicalJson(run.metrics.test ?? {}),
  [annotationNames.gates]: canonicalJson(gates),
  [annotationNames.features]: canonicalJson(plan.features.map((feature) => feature.name).sort()),
  [annotationNames.sourceDigest]: run.sourceDigest,
  [annotationNames.planDigest]: run.planDigest,
  ...(run.dataDigest === null ? {} : { [annotationNames.dataDigest]: run.dataDigest }),
  ...(isDraft ? { [annotationNames.draft]: 'true' } : {}),
})

const requireGates = (verdicts: readonly Verdict[]): void => {
  const unmet = unmetGates(verdicts)
  if (unmet.length === 0) return
  const words = unmet.map(({ gate, verdict }) => `\`${gate}\` ${verdict === 'failed' ? 'failed' : 'was not measured'}`)
  throw new StudioError('gate_failed', `Not all gates passed: ${words.join(', ')}.`, {
    hint: 'Improve the model and train again, or bundle it as a draft.',
    detail: unmet.map((verdict) => `${verdict.gate}: ${verdict.evidence}`).join('\n'),
  })
}

export interface BundleRequest {
  readonly run: Run
  readonly folder: string
  readonly plan: PlanParts
  readonly verdicts: readonly Verdict[]
  readonly tag: string | null
  readonly asDraft: boolean
}

/** A run's files, a model card and a manifest into the store: all of it or nothing. */
export const bundleRun = async (store: ObjectStore, request: BundleRequest): Promise<{ digest: string }> => {
  const { run, folder, plan, verdicts, tag, asDraft } = request
  if (!asDraft) requireGates(verdicts)
  // A run that passes is no draft, even if one was asked for.
  const isDraft = unmetGates(verdicts).length > 0
  // Measured latencies differ from time to time; the verdict belongs to the version, the figure does not.
  const gates = verdicts.map(({ gate, verdict }) => ({ gate, verdict }))

  const staging = store.stage()
  try {
    const layers: Descriptor[] = []
    const push = (path: string, mediaType: string, blob: { digest: string; size: number }): void => {
      layers.push({
        mediaType,
        digest: blob.digest,
        size: blob.size,
        annotations: { [annotationNames.filePath]: path, [annotationNames.title]: path },
      })
    }
    for (const part of parts) {
      const source = await fileOfRun(folder, part.file)
      if (source === null) {
        if (!part.isRequired) continue
        throw new StudioError('not_found', `Run ${run.id} has no \`${part.file}\`.`, {
          hint: 'Train the model again: the run’s folder is incomplete.',
        })
      }
      const blob = await staging.add(source)
      if (part.file === runFiles.model && run.modelDigest !== null && blob.digest !== run.modelDigest)
        throw new StudioError('digest_mismatch', 'The model file is not the one that this run wrote.', {
          hint: 'It was changed or damaged after training. Train the model again.',
          detail: `expected ${run.modelDigest}, is ${blob.digest}`,
        })
      push(part.file, part.mediaType, blob)
    }
    const card = modelCard(run, plan, gates, { isDraft })
    push('README.md', mediaTypes.documentation, await staging.addBytes(utf8(card)))
    const config = await staging.addBytes(utf8(canonicalJson(configOf(run, plan, layers))))
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: mediaTypes.model,
      config: { mediaType: mediaTypes.modelConfig, digest: config.digest, size: config.size },
      layers,
      annotations: annotationsOf(run, plan, gates, isDraft),
    }
    return await staging.commit(utf8(canonicalJson(manifest)), tag)
  } finally {
    await staging.discard()
  }
}

/** The window's view of a stored bundle. */
export const bundleOf = (artifact: Artifact): Bundle => {
  const { manifest } = artifact
  const annotations = manifest.annotations ?? {}
  return {
    digest: artifact.digest,
    name: artifact.name,
    tags: [...artifact.tags],
    createdAt: artifact.createdAt,
    runId: annotations[annotationNames.run] ?? null,
    isDraft: annotations[annotationNames.draft] === 'true',
    layers: manifest.layers.map((layer) => ({
      path: layerPath(layer),
      mediaType: layer.mediaType,
      digest: layer.digest,
      sizeBytes: layer.size,
    })),
    annotations,
    sizeBytes: artifact.size + manifest.config.size + manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
  }
}
