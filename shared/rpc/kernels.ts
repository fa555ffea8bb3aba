import { z } from 'zod'
import { frameNoteSchema } from '../kernels/frame'
import { executionSchema, kernelSchema, outputPatchSchema, variableSchema } from '../kernels/kernel'
import { command, defineService, query } from './contract'

const id = z.string()

export const kernelsContract = defineService({
  name: 'kernels',
  procedures: {
    specs: query({
      summary: 'Kernels that can be started.',
      input: z.object({}),
      needs: 'python',
      output: z.array(z.object({ name: z.string(), displayName: z.string(), language: z.string() })),
    }),
    list: query({ summary: 'Running kernels.', input: z.object({}), output: z.array(kernelSchema) }),
    start: command({
      summary: 'Start a kernel for a notebook, or return the one it has.',
      needs: 'python',
      input: z.object({ path: z.string(), spec: z.string().optional() }),
      output: kernelSchema,
    }),
    execute: command({
      summary: 'Queue code; outputs arrive as `execution` events.',
      needs: 'kernel',
      input: z.object({ kernelId: id, cellId: z.string(), code: z.string() }),
      output: executionSchema,
    }),
    executions: query({
      summary:
        'The newest execution of every cell that a kernel has seen in this session, oldest first, with its outputs.',
      input: z.object({ kernelId: id }),
      output: z.array(executionSchema),
    }),
    input: command({
      summary: 'Answer `input()`.',
      needs: 'kernel',
      input: z.object({ kernelId: id, value: z.string() }),
      output: z.object({}),
    }),
    interrupt: command({
      summary: 'Interrupt what runs.',
      needs: 'kernel',
      input: z.object({ kernelId: id }),
      output: z.object({}),
    }),
    restart: command({
      summary: 'Restart; all variables are lost, queued cells are aborted.',
      needs: 'kernel',
      input: z.object({ kernelId: id }),
      output: kernelSchema,
    }),
    shutdown: command({
      summary: 'Shut down.',
      needs: 'kernel',
      input: z.object({ kernelId: id }),
      output: z.object({}),
    }),
    complete: query({
      summary: 'Completions at a cursor (in UTF-16 units).',
      needs: 'kernel',
      input: z.object({ kernelId: id, code: z.string(), cursor: z.number().int().min(0) }),
      output: z.object({
        matches: z.array(z.object({ text: z.string(), type: z.string().optional() })),
        start: z.number(),
        end: z.number(),
      }),
    }),
    inspect: query({
      summary: 'Documentation of the name at a cursor, as plain text with ANSI colours.',
      needs: 'kernel',
      input: z.object({ kernelId: id, code: z.string(), cursor: z.number().int().min(0) }),
      output: z.object({ isFound: z.boolean(), text: z.string() }),
    }),
    variables: query({
      summary: 'Names, types and short values of the kernel’s variables.',
      needs: 'kernel',
      input: z.object({ kernelId: id }),
      output: z.array(variableSchema),
    }),
    snapshot: command({
      summary:
        'Copy a dataframe of a kernel, at most 2 M rows and 512 MB; the table is then `notebook:explore.ipynb?name=df`.',
      needs: 'kernel',
      input: z.object({ kernelId: id, name: z.string().min(1).max(200) }),
      output: z.object({ path: z.string(), note: frameNoteSchema }),
    }),
    runNotebook: command({
      summary: 'Run all cells of a notebook without a window and save it with its outputs; a job.',
      needs: 'python',
      input: z.object({ path: z.string(), outputPath: z.string().optional() }),
      output: z.object({ jobId: z.string() }),
    }),
  },
  events: {
    /** An execution's state without its outputs; those arrive as `output`. */
    execution: executionSchema.omit({ outputs: true }),
    /** What changed in an execution's outputs, batched to at most 30 a second. Apply with `applyOutputPatches`. */
    output: z.object({ kernelId: id, executionId: id, cellId: id, patches: z.array(outputPatchSchema) }),
    changed: kernelSchema,
    removed: z.object({ id: z.string() }),
    /** A dataframe was copied, by the path of its table. */
    copied: z.object({ path: z.string() }),
  },
})
