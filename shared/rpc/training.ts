import { z } from 'zod'
import { metricPointSchema, runSchema } from '../training/run'
import { command, defineService, query } from './contract'

export const trainingContract = defineService({
  name: 'training',
  procedures: {
    start: command({
      summary:
        'Train a model of a file: features, training set, fit, evaluate. A job; its result names the run. `text` replaces what is on disk.',
      needs: 'python',
      input: z.object({ path: z.string(), model: z.string().optional(), text: z.string().optional() }),
      output: z.object({ jobId: z.string(), runId: z.string() }),
    }),
    runs: query({
      summary: 'All runs of the workspace, newest first.',
      input: z.object({}),
      output: z.array(runSchema.omit({ curves: true, trials: true })),
    }),
    run: query({ summary: 'One run, whole.', input: z.object({ id: z.string() }), output: runSchema }),
    metrics: query({
      summary: 'Metric points of a run, from an index on.',
      input: z.object({ id: z.string(), from: z.number().default(0) }),
      output: z.array(metricPointSchema),
    }),
    log: query({
      summary: 'The run’s log.',
      input: z.object({ id: z.string() }),
      output: z.object({ text: z.string() }),
    }),
    program: query({
      summary: 'The program as it was when the run started.',
      input: z.object({ id: z.string() }),
      output: z.object({ text: z.string() }),
    }),
    remove: command({ summary: 'Move a run to the trash.', input: z.object({ id: z.string() }), output: z.object({}) }),
  },
  events: {
    changed: z.object({ id: z.string(), state: z.string() }),
    metric: z.object({ id: z.string(), points: z.array(metricPointSchema) }),
  },
})
