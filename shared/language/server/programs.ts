import type { Document } from '../ast'
import { type ReadText, readText, reread } from '../syntax/reread'

export interface ProgramText {
  /** Workspace-relative. */
  readonly path: string
  readonly text: string
}

/** The programs of the workspace as they are on disk, and every text parsed once. */
export interface ProgramShelf {
  /** Grows whenever what is on disk was read anew and differs. */
  readonly revision: () => number
  readonly onDisk: () => readonly ProgramText[]
  /** Reads what is on disk, once until it is forgotten. */
  readonly load: () => Promise<void>
  readonly forget: () => void
  /** The tree of a file’s text. The one of its text before is the same one by then, and no longer to be used. */
  readonly parsed: (path: string, text: string) => Document
}

export function programShelf(readAll: (() => Promise<readonly ProgramText[]>) | undefined): ProgramShelf {
  const parsed = new Map<string, ReadText>()
  let onDisk: readonly ProgramText[] = []
  let loading: Promise<void> | null = null
  let revision = 0

  const take = (texts: readonly ProgramText[]): void => {
    const before = new Map(onDisk.map(({ path, text }) => [path, text]))
    if (texts.length === before.size && texts.every(({ path, text }) => before.get(path) === text)) return
    onDisk = texts.toSorted((a, b) => (a.path < b.path ? -1 : 1))
    revision++
  }
  return {
    revision: () => revision,
    onDisk: () => onDisk,
    load: () => {
      if (!loading) {
        const work: Promise<void> = (readAll?.() ?? Promise.resolve([])).then(
          // Forgotten meanwhile: a newer reading is on its way.
          (texts) => (loading === work ? take(texts) : undefined),
          () => {},
        )
        loading = work
      }
      return loading
    },
    forget: () => {
      loading = null
    },
    parsed: (path, text) => {
      const known = parsed.get(path)
      const read = known ? reread(known, text) : readText(text)
      parsed.set(path, read)
      return read.document
    },
  }
}
