import { z } from 'zod'

export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const

export const jobSchema = z.object({
  id: z.string(),
  kind: z.enum([
    'python-setup',
    'features',
    'train',
    'predict',
    'push',
    'pull',
    'notebook',
    'profile',
    'health',
    'import',
    'draft',
  ]),
  title: z.string(),
  state: z.enum(jobStates),
  /** 0…1; null while the amount of work is unknown. */
  progress: z.number().nullable(),
  /** What is being done right now, in words. */
  message: z.string(),
  startedAt: z.number().describe('ms since 1970'),
  endedAt: z.number().nullable(),
  /** Estimate; null while unknown. */
  remainingMs: z.number().nullable(),
  canCancel: z.boolean(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
  /** What the job made: a run id, a file, a digest. */
  result: z.record(z.string(), z.unknown()).nullable(),
})
export type Job = z.infer<typeof jobSchema>
export type JobKind = Job['kind']
