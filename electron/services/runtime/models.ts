import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import { precheckModel } from '@shared/onnx/precheck'
import type { ModelPlan } from '@shared/plan/plan'
import type { Bundle } from '@shared/registry/registry'
import { goldenSchema, type ModelSummary } from '@shared/rpc/runtime'
import { type Run, runFiles, type Signature, signatureSchema } from '@shared/training/run'
import type { z } from 'zod'
import type { ServiceContext } from '../context'
import { digestOf } from '../workspace/durable'
import type { RuntimeDependencies } from './dependencies'

export type Golden = z.infer<typeof goldenSchema>
export type ModelFile = keyof typeof runFiles

type Reference = { readonly kind: 'run'; readonly id: string } | { readonly kind: 'bundle'; readonly digest: string }

/** Also the guard of every path that is made from a reference. */
export const parseReference = (reference: string): Reference => {
  const run = /^run:([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/.exec(reference)?.[1]
  if (run !== undefined && !run.includes('..')) return { kind: 'run', id: run }
  if (/^sha256:[0-9a-f]{64}$/.test(reference)) return { kind: 'bundle', digest: reference }
  throw new StudioError('invalid_input', `\`${reference.slice(0, 80)}\` names no model.`, {
    hint: 'Write `run:` with a run’s id, or the digest of a bundle.',
  })
}

export interface LoadedModel {
  readonly digest: string
  readonly signature: Signature
  /** Read, hashed and pre-checked anew. */
  readonly bytes: () => Promise<Uint8Array>
}

export interface ModelLibrary {
  list(): Promise<ModelSummary[]>
  load(reference: string): Promise<LoadedModel>
  golden(reference: string): Promise<Golden>
  plan(reference: string): Promise<ModelPlan>
  /** A file of the run or bundle, by its role; `not_found` where it has none. */
  file(reference: string, role: ModelFile): Promise<Uint8Array>
  /** The run that a reference stems from, where this workspace has it. */
  run(reference: string): Promise<Run | null>
}

const shortDigest = (digest: string): string => digest.slice(7, 19)

const summaryOfRun = (run: Run): ModelSummary => ({
  reference: `run:${run.id}`,
  name: run.model,
  origin: 'run',
  label: `run ${run.id}`,
  createdAt: run.endedAt ?? run.startedAt,
  metrics: run.metrics.test ?? {},
})

/** Metrics stand in the manifest’s annotations as a JSON object of numbers. */
const metricsOf = (bundle: Bundle): Record<string, number> => {
  const text = Object.entries(bundle.annotations).find(([name]) => name.endsWith('.metrics'))?.[1]
  if (text === undefined) return {}
  try {
    const parsed: unknown = JSON.parse(text)
    return Object.fromEntries(
      Object.entries(parsed ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    )
  } catch {
    return {}
  }
}

const summaryOfBundle = (bundle: Bundle): ModelSummary => ({
  reference: bundle.digest,
  name: bundle.name,
  origin: 'bundle',
  label: `${bundle.tags.length > 0 ? bundle.tags.join(', ') : 'bundle'} · ${shortDigest(bundle.digest)}`,
  createdAt: bundle.createdAt,
  metrics: metricsOf(bundle),
})

const parseJson = (bytes: Uint8Array, what: string): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new StudioError('unreadable_file', `The model’s ${what} is not readable.`, {
      hint: 'The run or bundle is damaged; train or pull it again.',
      cause,
    })
  }
}

const parsed = <S extends z.ZodType>(schema: S, bytes: Uint8Array, what: string): z.output<S> => {
  const result = schema.safeParse(parseJson(bytes, what))
  if (result.success) return result.data
  throw new StudioError('unreadable_file', `The model’s ${what} is not of the form that this version reads.`, {
    hint: 'Train the model again, or update the studio.',
    detail: result.error.message,
  })
}

/** Models of finished runs and of the local store; nothing leaves here unchecked. */
export const createModelLibrary = (
  context: ServiceContext,
  { training, registry }: Pick<RuntimeDependencies, 'training' | 'registry'>,
): ModelLibrary => {
  const loaded = new Map<string, LoadedModel>()

  const file = async (reference: string, role: ModelFile): Promise<Uint8Array> => {
    const model = parseReference(reference)
    if (model.kind === 'bundle') return registry.bundleFile(model.digest, runFiles[role])
    try {
      return await readFile(join(training.runFolder(model.id), runFiles[role]))
    } catch (cause) {
      throw new StudioError('not_found', `Run ${model.id} has no \`${runFiles[role]}\`.`, {
        hint: 'Choose a run that has finished, or train the model again.',
        cause,
      })
    }
  }

  const expectedDigest = async (reference: string): Promise<string> => {
    const model = parseReference(reference)
    if (model.kind === 'run') {
      const run = await training.readRun(model.id)
      if (run.state !== 'succeeded' || run.modelDigest === null)
        throw new StudioError('not_found', `Run ${model.id} has no finished model.`, {
          hint: 'Choose a run that succeeded.',
        })
      return run.modelDigest
    }
    const bundle = (await registry.bundleList()).find((one) => one.digest === model.digest)
    const layer = bundle?.layers.find((one) => one.path === runFiles.model)
    if (!layer)
      throw new StudioError('not_found', `There is no model ${shortDigest(model.digest)} in the local store.`, {
        hint: 'Pull it from its registry.',
      })
    return layer.digest
  }

  const checkedBytes = async (reference: string, digest: string): Promise<Uint8Array> => {
    const bytes = await file(reference, 'model')
    const found = digestOf(bytes)
    if (found !== digest)
      throw new StudioError('digest_mismatch', 'The model file is not the one that was trained.', {
        hint: 'It was changed or damaged since. Train or pull the model again.',
        detail: `expected ${digest}, found ${found}`,
      })
    const refusals = precheckModel(bytes)
    if (refusals.length > 0)
      throw new StudioError('model_refused', `The model is refused: ${refusals[0]?.message ?? ''}`, {
        hint: 'It was not loaded. Ask whoever made it for a plain ONNX export.',
        detail: refusals.map((refusal) => `${refusal.rule}: ${refusal.message}`).join('\n'),
      })
    return bytes
  }

  const load: ModelLibrary['load'] = async (reference) => {
    const known = loaded.get(reference)
    if (known) return known
    const digest = await expectedDigest(reference)
    // Checked before anything else of the model is believed.
    await checkedBytes(reference, digest)
    const signature = parsed(signatureSchema, await file(reference, 'signature'), 'signature')
    const model: LoadedModel = { digest, signature, bytes: () => checkedBytes(reference, digest) }
    loaded.set(reference, model)
    return model
  }

  const runIds = async (): Promise<string[]> => {
    try {
      const entries = await readdir(context.workspace.internal('runs'), { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name)
    } catch {
      return []
    }
  }

  return {
    file,
    load,
    async list() {
      // A run that cannot be read is the training page’s to report; it must not hide the others.
      const runs = (await Promise.allSettled((await runIds()).map((id) => training.readRun(id)))).flatMap((one) =>
        one.status === 'fulfilled' ? [one.value] : [],
      )
      const bundles = await registry.bundleList()
      return [
        ...runs.filter((run) => run.state === 'succeeded' && run.modelDigest !== null).map(summaryOfRun),
        ...bundles
          .filter((bundle) => bundle.layers.some((layer) => layer.path === runFiles.model))
          .map(summaryOfBundle),
      ].sort((a, b) => b.createdAt - a.createdAt)
    },
    async golden(reference) {
      const bytes = await file(reference, 'golden').catch((error: unknown) => {
        if (error instanceof StudioError && error.code === 'not_found') return null
        throw error
      })
      return bytes ? parsed(goldenSchema, bytes, 'golden rows') : { inputs: {}, outputs: {}, labels: [] }
    },
    // The plan’s form is the language compiler’s; this is its codec.
    plan: async (reference) => parseJson(await file(reference, 'plan'), 'plan') as ModelPlan,
    async run(reference) {
      const model = parseReference(reference)
      const id =
        model.kind === 'run'
          ? model.id
          : ((await registry.bundleList()).find((one) => one.digest === model.digest)?.runId ?? null)
      if (id === null) return null
      return training.readRun(id).catch(() => null)
    },
  }
}
