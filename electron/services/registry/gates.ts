import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError, toStudioError } from '@shared/errors'
import type { GatePlan } from '@shared/plan/plan'
import { type GateEvidence, judgeGates, type LatencyFigures } from '@shared/registry/gates'
import type { Verdict } from '@shared/registry/registry'
import { type Run, runFiles } from '@shared/training/run'
import { z } from 'zod'

export interface TrainingForRegistry {
  runFolder(id: string): string
  readRun(id: string): Promise<Run>
}

/** The runtime's measurements; a host may be without. */
export interface RuntimeForRegistry {
  agreementOf?(reference: string): Promise<{ rows: number; maxDifference: number }>
  latencyOf?(reference: string): Promise<LatencyFigures>
}

/** What this service reads of `plan.json`. */
const planPartsSchema = z.object({
  namespace: z.string().default(''),
  model: z.string(),
  documentation: z.string().default(''),
  label: z.object({ name: z.string(), task: z.string() }).nullable().default(null),
  sources: z.array(z.object({ name: z.string(), path: z.string() })).default([]),
  observation: z.object({ source: z.string() }).nullable().default(null),
  uses: z
    .array(
      z.object({
        name: z.string(),
        type: z.string(),
        width: z.number().optional(),
        definition: z.object({ kind: z.string() }),
      }),
    )
    .default([]),
  features: z
    .array(
      z.object({
        name: z.string(),
        type: z.string(),
        documentation: z.string().default(''),
        owner: z.string().nullable().default(null),
      }),
    )
    .default([]),
  gates: z.array(
    z.object({
      metric: z.string(),
      operator: z.enum(['<', '<=', '>', '>=']),
      limit: z.number(),
      quantile: z.number().nullable(),
      span: z.object({ start: z.number(), end: z.number() }),
    }),
  ),
})
export type PlanParts = z.infer<typeof planPartsSchema>

export const readPlanParts = async (folder: string, runId: string): Promise<PlanParts> => {
  try {
    return planPartsSchema.parse(JSON.parse(await readFile(join(folder, runFiles.plan), 'utf8')))
  } catch (error) {
    throw new StudioError('unreadable_file', `Run ${runId} has no readable plan.`, {
      hint: 'Train the model again.',
      place: { file: runFiles.plan },
      cause: error,
    })
  }
}

/** A finished run, or why it cannot be bundled. */
export const readFinishedRun = async (training: TrainingForRegistry, id: string): Promise<Run> => {
  const run = await training.readRun(id)
  if (run.state === 'succeeded') return run
  throw new StudioError('invalid_input', `Run ${id} did not succeed: it is ${run.state}.`, {
    hint: run.state === 'running' ? 'Wait until it has finished.' : 'Choose a run that succeeded, or train again.',
  })
}

const attempt = async <T>(work: (() => Promise<T>) | null): Promise<{ value: T | null; problem: string | null }> => {
  if (work === null) return { value: null, problem: 'no native engine is at hand' }
  try {
    return { value: await work(), problem: null }
  } catch (error) {
    return { value: null, problem: toStudioError(error).message.replace(/\.$/, '') }
  }
}

const needs = (gates: readonly GatePlan[], metric: string): boolean => gates.some((gate) => gate.metric === metric)

/** The run's gates, measured: metrics from the run, parity and latency also on this machine's native engine. */
export const judgeRun = async (run: Run, plan: PlanParts, runtime: RuntimeForRegistry | null): Promise<Verdict[]> => {
  const reference = `run:${run.id}`
  const agreementOf = runtime?.agreementOf
  const latencyOf = runtime?.latencyOf
  const agreement = needs(plan.gates, 'parity')
    ? await attempt(agreementOf === undefined ? null : () => agreementOf(reference))
    : { value: null, problem: null }
  // After the agreement, not beside it: another load would spoil the latency.
  const latency = needs(plan.gates, 'latency')
    ? await attempt(latencyOf === undefined ? null : () => latencyOf(reference))
    : { value: null, problem: null }
  const evidence: GateEvidence = {
    testMetrics: run.metrics.test ?? null,
    testRows: run.rows?.test ?? null,
    trainingParity: run.parity,
    nativeAgreement: agreement.value,
    latency: latency.value,
    nativeProblem: agreement.problem ?? latency.problem,
    modelBytes: run.modelBytes,
  }
  return judgeGates(plan.gates, evidence)
}
