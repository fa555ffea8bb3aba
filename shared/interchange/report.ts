import { z } from 'zod'

const itemSchema = z.object({
  /** `feature f_trips`, `source trips`, `expression of f_trips`. */
  name: z.string(),
  /** The file that says it, relative to the workspace. */
  file: z.string(),
})
const remarkSchema = itemSchema.extend({
  /** One sentence. */
  reason: z.string(),
})

/** What became of each definition: nothing is dropped without a line here. */
export const interchangeReportSchema = z.object({
  /** With the same meaning. */
  carried: z.array(itemSchema),
  /** Carried, but something about it is different now, or is not what one may expect. */
  changed: z.array(remarkSchema),
  leftOut: z.array(remarkSchema),
  /** What the definitions themselves do that may hurt, such as a row that sees itself. */
  warnings: z.array(remarkSchema),
})
export type InterchangeReport = z.infer<typeof interchangeReportSchema>
export type Remark = z.infer<typeof remarkSchema>

/** Collects a report while definitions are walked. */
export interface Notes {
  carried(name: string, file: string): void
  changed(name: string, file: string, reason: string): void
  leftOut(name: string, file: string, reason: string): void
  warning(name: string, file: string, reason: string): void
  report(): InterchangeReport
}

export const createNotes = (): Notes => {
  const carried: InterchangeReport['carried'] = []
  const changed: InterchangeReport['changed'] = []
  const leftOut: InterchangeReport['leftOut'] = []
  const warnings: InterchangeReport['warnings'] = []
  return {
    carried: (name, file) => void carried.push({ name, file }),
    changed: (name, file, reason) => void changed.push({ name, file, reason }),
    leftOut: (name, file, reason) => void leftOut.push({ name, file, reason }),
    warning: (name, file, reason) => void warnings.push({ name, file, reason }),
    report: () => ({ carried, changed, leftOut, warnings }),
  }
}

/** A value, or one sentence that says why there is none. */
export type Outcome<T> = { readonly value: T } | { readonly reason: string }
