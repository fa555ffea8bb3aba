import { z } from 'zod'
import { diagnosticSchema } from '../language/diagnostic'
import type { ModelPlan } from '../plan/plan'
import { defineService, query } from './contract'

const modelPlan = z.custom<ModelPlan>((value) => typeof value === 'object' && value !== null && 'version' in value)

export const languageContract = defineService({
  name: 'language',
  procedures: {
    check: query({
      summary: 'Diagnostics of one file, or of every `.proml` file. `text` replaces what is on disk.',
      input: z.object({ path: z.string().optional(), text: z.string().optional() }),
      output: z.object({ diagnostics: z.array(diagnosticSchema), files: z.number(), elapsedMs: z.number() }),
    }),
    models: query({
      summary: 'Every model of the workspace.',
      input: z.object({}),
      output: z.array(
        z.object({
          path: z.string(),
          model: z.string(),
          documentation: z.string(),
          uses: z.number(),
          hasErrors: z.boolean(),
        }),
      ),
    }),
    plan: query({
      summary: 'The executable plan of a model; fails with `language_errors` and the first error’s place.',
      input: z.object({ path: z.string(), model: z.string().optional() }),
      output: modelPlan,
    }),
    featureSet: query({
      summary: 'The files of a published feature set, `flights@1.2.0`; null where the workspace’s store has it not.',
      input: z.object({ reference: z.string() }),
      output: z.object({ files: z.array(z.object({ path: z.string(), text: z.string() })).nullable() }),
    }),
    format: query({
      summary: 'Canonical text.',
      input: z.object({ text: z.string() }),
      output: z.object({ text: z.string() }),
    }),
  },
  events: {},
})
