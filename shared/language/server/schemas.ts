import type { TableSchema } from '../../data/profile'
import { readReference } from '../../data/reference'
import { StudioError } from '../../errors'
import type { SchemaAnswer } from '../check/check'

/** Columns of a data file; rejects with the reason where there are none. */
export type SchemaProvider = (path: string) => Promise<TableSchema>

export interface SchemaCache {
  readonly known: ReadonlyMap<string, SchemaAnswer>
  /** Grows whenever an answer changes. */
  readonly revision: () => number
  /** True where something had to be read. */
  readonly load: (paths: readonly string[]) => Promise<boolean>
  /** Reads the files named anew, or all; until then the old answers hold, so that nothing flickers. */
  readonly refresh: (paths?: readonly string[]) => Promise<void>
}

export function schemaCache(schemaOf: SchemaProvider): SchemaCache {
  const answers = new Map<string, SchemaAnswer>()
  const reading = new Map<string, Promise<void>>()
  let revision = 0

  const read = (path: string): Promise<void> => {
    const work: Promise<void> = schemaOf(path)
      .catch((error: unknown) => {
        if (error instanceof StudioError) return { failed: error.message, hint: error.hint }
        return { failed: error instanceof Error ? error.message : String(error) }
      })
      .then((answer: SchemaAnswer) => {
        // A newer reading has taken this one’s place.
        if (reading.get(path) !== work) return
        reading.delete(path)
        if (JSON.stringify(answers.get(path)) === JSON.stringify(answer)) return
        answers.set(path, answer)
        revision++
      })
    reading.set(path, work)
    return work
  }
  return {
    known: answers,
    revision: () => revision,
    load: async (paths) => {
      const missing = paths.filter((path) => !answers.has(path))
      await Promise.all(missing.map((path) => reading.get(path) ?? read(path)))
      return missing.length > 0
    },
    refresh: async (paths) => {
      const stale = [...answers.keys()].filter((path) => !paths || paths.some((changed) => covers(path, changed)))
      await Promise.all(stale.map(read))
    },
  }
}

/**
 * Whether a file or folder that changed may be one that a source reads, by its path or its reference; a glob is taken by
 * its folder. The empty path is the workspace, of which too much changed to be named. A copy of a dataframe changes unseen.
 */
const covers = (reference: string, changed: string): boolean => {
  const target = readReference(reference)
  if (changed === '' || target?.kind === 'notebook') return true
  const path = target?.path ?? reference
  const star = path.search(/[*?[{]/)
  if (star >= 0) return changed.startsWith(path.slice(0, star)) || path.startsWith(`${changed}/`)
  return path === changed || changed.startsWith(`${path}/`) || path.startsWith(`${changed}/`)
}
