import type { Diagnostic } from '@shared/language/diagnostic'
import { create } from 'zustand'

interface Problems {
  /** Diagnostics by workspace-relative path, as of the text in the editor; a file without any is absent. */
  readonly byFile: Readonly<Record<string, readonly Diagnostic[]>>
  /** How long the last check took. */
  readonly checkedInMs: number | null
}

/** Every problem of the open `.proml` files. The Problems panel shows it. */
export const useProblems = create<Problems>(() => ({ byFile: {}, checkedInMs: null }))

export const setProblems = (path: string, diagnostics: readonly Diagnostic[], checkedInMs: number | null): void =>
  useProblems.setState(({ byFile }) => {
    const { [path]: _, ...others } = byFile
    return { byFile: diagnostics.length > 0 ? { ...others, [path]: diagnostics } : others, checkedInMs }
  })
