import { z } from 'zod'

/** A dataframe of a kernel as it was at one moment; what is said of it beside its rows. */
export const frameNoteSchema = z.object({
  /** Workspace-relative path of the notebook. */
  notebook: z.string(),
  /** Of the variable. */
  name: z.string(),
  takenAt: z.string(),
  /** In the copy. */
  rows: z.number(),
  totalRows: z.number(),
  /** Columns whose values Arrow has no type for. */
  asText: z.array(z.string()),
})
export type FrameNote = z.infer<typeof frameNoteSchema>

/** More rows than these, or more bytes, are not copied. */
export const frameLimits = { rows: 2_000_000, bytes: 512 * 1024 ** 2 } as const
