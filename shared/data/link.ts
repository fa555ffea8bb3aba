import { z } from 'zod'

/** How one column goes with another, over the rows that have both. */
export const columnLinkSchema = z.discriminatedUnion('kind', [
  z.object({
    /** Both are numbers, moments or truths (0 and 1). */
    kind: z.literal('numbers'),
    column: z.string(),
    label: z.string(),
    /** Null where one of the two has a single value. */
    pearson: z.number().nullable(),
    /** Pearson’s of the ranks; those that tie have the mean of theirs. */
    spearman: z.number().nullable(),
    rows: z.number(),
    isExact: z.boolean(),
  }),
  z.object({
    /** At least one is a text; numbers go into tenths of equal size. */
    kind: z.literal('groups'),
    column: z.string(),
    label: z.string(),
    /** 0 to 1, without a correction for small samples; null where one of the two has a single value. */
    cramersV: z.number().nullable(),
    /** Nats. */
    mutualInformation: z.number().nullable(),
    rows: z.number(),
    isExact: z.boolean(),
  }),
  z.object({
    kind: z.literal('none'),
    column: z.string(),
    label: z.string(),
    /** Why there is no measure, as a sentence. */
    reason: z.string(),
  }),
])
export type ColumnLink = z.infer<typeof columnLinkSchema>
