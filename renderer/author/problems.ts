import type { Diagnostic } from '@shared/language/diagnostic'
import { create } from 'zustand'

interface Problems {
  /** Diagnostics by workspace-relative path, as of the text in the editor or, where it is not open, on disk; a file without any is absent. */
  readonly byFile: Readonly<Record<string, readonly Diagnostic[]>>
  /** How long the last check took. */
  readonly checkedInMs: number | null
}

/** Every problem of the workspace’s `.proml` files. The Problems panel shows it. */
export const useProblems = create<Problems>(() => ({ byFile: {}, checkedInMs: null }))

export const setProblems = (path: string, diagnostics: readonly Diagnostic[], elapsedMs: number | null): void =>
  useProblems.setState(({ byFile, checkedInMs }) => {
    const { [path]: _, ...others } = byFile
    return {
      byFile: diagnostics.length > 0 ? { ...others, [path]: diagnostics } : others,
      checkedInMs: elapsedMs ?? checkedInMs,
    }
  })
