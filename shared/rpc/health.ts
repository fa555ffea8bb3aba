import { z } from 'zod'
import { healthReportSchema } from '../health/report'
import { command, defineService, query } from './contract'

export const healthContract = defineService({
  name: 'health',
  procedures: {
    models: query({
      summary: 'Models that have logged predictions.',
      input: z.object({}),
      output: z.array(
        z.object({
          reference: z.string(),
          model: z.string(),
          rows: z.number(),
          lastAt: z.number(),
          labelled: z.number(),
        }),
      ),
    }),
    report: query({
      summary: 'Logged predictions against the training baseline.',
      input: z.object({ reference: z.string() }),
      output: healthReportSchema,
    }),
    labels: command({
      summary: 'Join labels that came later, from a file with the observations’ row key and the label’s columns.',
      input: z.object({ reference: z.string(), path: z.string() }),
      output: z.object({ matched: z.number(), unmatched: z.number() }),
    }),
  },
  events: { changed: z.object({ reference: z.string() }) },
})
