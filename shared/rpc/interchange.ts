import { z } from 'zod'
import { interchangeReportSchema } from '../interchange/report'
import { command, defineService } from './contract'

const formatSchema = z.enum(['feathr', 'feast'])
export type InterchangeFormat = z.infer<typeof formatSchema>

/** What the job of an import ends with. */
export const importResultSchema = z.object({
  /** The Pro-ML program. */
  text: z.string(),
  /** Where it was written; null where it was only asked for. */
  written: z.string().nullable(),
  report: interchangeReportSchema,
})
export type ImportResult = z.infer<typeof importResultSchema>

export const interchangeContract = defineService({
  name: 'interchange',
  procedures: {
    importFeatures: command({
      summary:
        'Turn Feathr’s feature configuration (a file or a folder) or a Feast repository into a Pro-ML program; a job whose result is `text`, `written` and `report`. Feast’s repository is Python and is run for it: only in a trusted workspace.',
      needs: 'python',
      input: z.object({
        format: formatSchema,
        path: z.string(),
        /** Where to write; nothing is written without it. */
        output: z.string().optional(),
        /** Replace `output` where it is there already. */
        isReplacing: z.boolean().default(false),
      }),
      output: z.object({ jobId: z.string() }),
    }),
    exportFeatures: command({
      summary: 'Write the features of a Pro-ML file into a folder, as Feathr’s configuration or as a Feast repository.',
      input: z.object({
        format: formatSchema,
        path: z.string(),
        folder: z.string(),
        /** Replace files that are there already. */
        isReplacing: z.boolean().default(false),
      }),
      output: z.object({
        /** Relative to the workspace. */
        files: z.array(z.string()),
        report: interchangeReportSchema,
      }),
    }),
  },
  events: {},
})
