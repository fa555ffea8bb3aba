import type { Document } from '../ast'
import { parse } from '../syntax/parser'

export interface ProgramText {
  /** Workspace-relative. */
  readonly path: string
  readonly text: string
}

export interface ReadProgram {
  readonly path: string
  readonly document: Document
}

/** The programs of the workspace, parsed once for each text: declarations see each other across files. */
export function programShelf(readAll: (() => Promise<readonly ProgramText[]>) | undefined): {
  readonly revision: () => number
  /** Reads what is on disk, once until it is forgotten. */
  readonly load: () => Promise<void>
  readonly forget: () => void
  /** All programs, the open ones as their editors have them. */
  readonly with: (open: readonly { path: string; text: { getText(): string } }[]) => readonly ReadProgram[]
} {
  const parsed = new Map<string, ReadProgram & { readonly text: string }>()
  let onDisk: readonly ProgramText[] = []
  let loading: Promise<void> | null = null
  let revision = 0

  const read = (path: string, text: string): ReadProgram => {
    const kept = parsed.get(path)
    if (kept?.text === text) return kept
    const fresh = { path, text, document: parse(text) }
    parsed.set(path, fresh)
    return fresh
  }
  return {
    revision: () => revision,
    load: () => {
      loading ??= (readAll?.() ?? Promise.resolve([])).then(
        (texts) => {
          onDisk = texts
          revision++
        },
        () => {},
      )
      return loading
    },
    forget: () => {
      loading = null
    },
    with: (open) => {
      const texts = new Map(onDisk.map(({ path, text }) => [path, text]))
      for (const { path, text } of open) texts.set(path, text.getText())
      return [...texts].map(([path, text]) => read(path, text))
    },
  }
}
