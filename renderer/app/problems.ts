import type { Diagnostic } from '@shared/language/diagnostic'
import { useProblems } from '../author/problems'

export type ProblemsByFile = Readonly<Record<string, readonly Diagnostic[]>>

const rank = { error: 0, warning: 1, info: 2 } as const

export const useProblemsByFile = (): ProblemsByFile => useProblems((state) => state.byFile)

/** All problems, errors first, then by file and place. */
export const sortedProblems = (byFile: ProblemsByFile): readonly Diagnostic[] =>
  Object.values(byFile)
    .flat()
    .toSorted(
      (a, b) => rank[a.severity] - rank[b.severity] || a.file.localeCompare(b.file) || a.span.start - b.span.start,
    )

export const useProblemCount = (): number =>
  useProblems((state) => Object.values(state.byFile).reduce((sum, one) => sum + one.length, 0))
