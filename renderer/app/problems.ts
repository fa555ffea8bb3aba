import type { Diagnostic } from '@shared/language/diagnostic'
import { useSyncExternalStore } from 'react'
import type { StoreApi } from 'zustand'

interface Problems {
  readonly byFile: Readonly<Record<string, readonly Diagnostic[]>>
}

type ProblemStore = Pick<StoreApi<Problems>, 'getState' | 'subscribe'>

/** The author’s store, where that capability is part of the window. */
const found = Object.values(
  import.meta.glob<{ readonly useProblems?: ProblemStore }>('../author/problems.ts', { eager: true }),
)[0]?.useProblems

const none: Problems = { byFile: {} }
const subscribe = (listener: () => void): (() => void) => found?.subscribe(listener) ?? (() => {})
const read = (): Problems => found?.getState() ?? none

const rank = { error: 0, warning: 1, info: 2 } as const

export const useProblemsByFile = (): Problems['byFile'] => useSyncExternalStore(subscribe, read).byFile

/** All problems, errors first, then by file and place. */
export const sortedProblems = (byFile: Problems['byFile']): readonly Diagnostic[] =>
  Object.values(byFile)
    .flat()
    .toSorted(
      (a, b) => rank[a.severity] - rank[b.severity] || a.file.localeCompare(b.file) || a.span.start - b.span.start,
    )

export const useProblemCount = (): number =>
  Object.values(useProblemsByFile()).reduce((sum, one) => sum + one.length, 0)
