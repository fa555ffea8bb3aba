import { z } from 'zod'

/** UTF-16 offsets into the file, end exclusive. */
export const spanSchema = z.object({ start: z.number(), end: z.number() })

export const diagnosticSchema = z.object({
  /** Stable: `PML1203`. */
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  file: z.string(),
  span: spanSchema,
  /** 1-based, for people. */
  line: z.number(),
  column: z.number(),
  /** What is wrong, one sentence. */
  message: z.string(),
  /** How to mend it, one sentence. */
  mend: z.string(),
  fixes: z.array(z.object({ title: z.string(), edits: z.array(z.object({ span: spanSchema, text: z.string() })) })),
})
export type Diagnostic = z.infer<typeof diagnosticSchema>
export type Fix = Diagnostic['fixes'][number]
export type TextEdit = Fix['edits'][number]
