import type { Diagnostic } from '../diagnostic'

/** One row of the table of diagnostics. `P` are the values that its two sentences need. */
export interface DiagnosticEntry<P> {
  readonly severity: Diagnostic['severity']
  /** What the reference calls it, without the values of one case. */
  readonly title: string
  /** What is wrong, one sentence. */
  readonly message: (params: P) => string
  /** How to mend it, one sentence. */
  readonly mend: (params: P) => string
}

export const entry = <P = Record<never, never>>(row: DiagnosticEntry<P>): DiagnosticEntry<P> => row
