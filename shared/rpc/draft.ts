import { z } from 'zod'
import { command, defineService } from './contract'

/** The result of a draft’s job. */
export const draftResultSchema = z.object({
  text: z.string(),
  /** A free path in the workspace that the text can be saved under. */
  program: z.string(),
  model: z.string().nullable(),
  label: z.string().nullable(),
  /** What was taken for granted, a sentence each. */
  assumptions: z.array(z.string()),
})
export type DraftResult = z.infer<typeof draftResultSchema>

export const draftContract = defineService({
  name: 'draft',
  procedures: {
    file: command({
      summary:
        'Propose a program about a data file: source, entities, features and a model. Writes nothing; a job whose result is a `DraftResult`.',
      input: z.object({
        path: z.string().min(1),
        /** The column to predict; without it the likeliest one. */
        label: z.string().optional(),
        /** The path that the source names instead, where the rows will lie later. */
        sourcePath: z.string().min(1).optional(),
      }),
      output: z.object({ jobId: z.string() }),
    }),
  },
  events: {},
})
