import { z } from 'zod'
import { jobSchema } from '../jobs/job'
import { command, defineService, query } from './contract'

export const jobsContract = defineService({
  name: 'jobs',
  procedures: {
    list: query({
      summary: 'Every job of this session, newest first.',
      input: z.object({}),
      output: z.array(jobSchema),
    }),
    get: query({ summary: 'One job.', input: z.object({ id: z.string() }), output: jobSchema }),
    cancel: command({
      summary: 'Ask a job to stop; it ends as `cancelled`.',
      input: z.object({ id: z.string() }),
      output: z.object({}),
    }),
    log: query({
      summary: 'Lines that a job has written, from a line number on.',
      input: z.object({ id: z.string(), from: z.number().int().min(0).default(0) }),
      output: z.object({ lines: z.array(z.string()), next: z.number() }),
    }),
  },
  events: { changed: jobSchema },
})
