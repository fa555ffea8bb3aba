import { z } from 'zod'
import { command, defineService, query } from './contract'

export const environmentSchema = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.enum(['managed', 'venv', 'conda', 'pyenv', 'system']),
  python: z.string().describe('absolute path of the interpreter'),
  version: z.string(),
  /** What training and kernels need and this environment lacks. */
  missing: z.array(z.string()),
})
export type PythonEnvironment = z.infer<typeof environmentSchema>

export const pythonStatusSchema = z.object({
  state: z.enum(['unknown', 'missing', 'installing', 'ready', 'failed']),
  message: z.string(),
  environment: environmentSchema.nullable(),
  jobId: z.string().nullable(),
})
export type PythonStatus = z.infer<typeof pythonStatusSchema>

export const pythonContract = defineService({
  name: 'python',
  procedures: {
    status: query({
      summary: 'Whether the managed environment is there.',
      input: z.object({}),
      output: pythonStatusSchema,
    }),
    ensure: command({
      summary: 'Make the managed environment if it is not there; a job with progress.',
      input: z.object({}),
      output: pythonStatusSchema,
    }),
    environments: query({
      summary: 'Interpreters found on this machine.',
      input: z.object({}),
      output: z.array(environmentSchema),
    }),
  },
  events: { changed: pythonStatusSchema },
})
