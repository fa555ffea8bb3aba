import { z } from 'zod'

export const kernelStatuses = ['starting', 'idle', 'busy', 'restarting', 'dead', 'unknown'] as const

export const kernelSchema = z.object({
  id: z.string(),
  /** Notebook that it belongs to, workspace-relative. */
  path: z.string(),
  spec: z.string(),
  displayName: z.string(),
  status: z.enum(kernelStatuses),
  /** How often it died and was restarted without being asked. */
  deaths: z.number(),
})
export type Kernel = z.infer<typeof kernelSchema>

export const variableSchema = z.object({
  name: z.string(),
  type: z.string(),
  value: z.string(),
  shape: z.string().nullable(),
  /** A dataframe of pandas or polars, or an Arrow table. */
  isFrame: z.boolean(),
})
export type Variable = z.infer<typeof variableSchema>

/** nbformat 4.5 output objects, as a notebook file holds them. */
export const mimeBundleSchema = z.record(z.string(), z.unknown())
export const outputSchema = z.discriminatedUnion('output_type', [
  z.object({ output_type: z.literal('stream'), name: z.enum(['stdout', 'stderr']), text: z.string() }),
  z.object({
    output_type: z.literal('display_data'),
    data: mimeBundleSchema,
    metadata: z.record(z.string(), z.unknown()),
    transient: z.object({ display_id: z.string().optional() }).optional(),
  }),
  z.object({
    output_type: z.literal('execute_result'),
    data: mimeBundleSchema,
    metadata: z.record(z.string(), z.unknown()),
    execution_count: z.number().nullable(),
  }),
  z.object({ output_type: z.literal('error'), ename: z.string(), evalue: z.string(), traceback: z.array(z.string()) }),
])
export type CellOutput = z.infer<typeof outputSchema>

export const outputPatchSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('append'), output: outputSchema }),
  /** Text for the last output, which is a stream of the same name. */
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('replace'), index: z.number(), output: outputSchema }),
  z.object({ kind: z.literal('clear') }),
])
export type OutputPatch = z.infer<typeof outputPatchSchema>

/** The outputs after a batch of patches; the input is not changed. */
export const applyOutputPatches = (outputs: readonly CellOutput[], patches: readonly OutputPatch[]): CellOutput[] => {
  let next = [...outputs]
  for (const patch of patches) {
    switch (patch.kind) {
      case 'append':
        next.push(patch.output)
        break
      case 'text': {
        const last = next.at(-1)
        if (last?.output_type === 'stream') next[next.length - 1] = { ...last, text: last.text + patch.text }
        break
      }
      case 'replace':
        next[patch.index] = patch.output
        break
      case 'clear':
        next = []
        break
    }
  }
  return next
}

/** One execution of one cell, kept by the services, so that a reloaded window misses nothing. */
export const executionSchema = z.object({
  id: z.string(),
  kernelId: z.string(),
  cellId: z.string(),
  state: z.enum(['queued', 'running', 'ok', 'error', 'aborted', 'died']),
  executionCount: z.number().nullable(),
  /** Adjacent stream outputs of one name are merged; display updates are applied in place. */
  outputs: z.array(outputSchema),
  /** Set while the kernel waits for `input()`. */
  prompt: z.object({ text: z.string(), isPassword: z.boolean() }).nullable(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
})
export type Execution = z.infer<typeof executionSchema>
