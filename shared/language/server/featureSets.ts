import type { FeatureSetAnswer } from '../check/featureSets'
import { parse } from '../syntax/parser'
import type { ProgramText } from './programs'

/** The files of a published feature set; null where it is not in the workspace’s store. */
export type FeatureSetProvider = (reference: string) => Promise<readonly ProgramText[] | null>

export interface FeatureSetCache {
  readonly known: ReadonlyMap<string, FeatureSetAnswer>
  /** Grows whenever an answer changes. */
  readonly revision: () => number
  /** True where something had to be read. */
  readonly load: (references: readonly string[]) => Promise<boolean>
  /** Reads anew what was not there; until then the old answers hold. A version that is there never changes. */
  readonly retryFailed: () => Promise<void>
}

export function featureSetCache(read: FeatureSetProvider | undefined): FeatureSetCache {
  const answers = new Map<string, FeatureSetAnswer>()
  const reading = new Map<string, Promise<void>>()
  let revision = 0

  const ask = (reference: string): Promise<void> => {
    const work: Promise<void> = (read?.(reference) ?? Promise.resolve(null))
      .catch((error: unknown) => ({ failed: error instanceof Error ? error.message : String(error) }))
      .then((files) => {
        // A newer reading has taken this one’s place.
        if (reading.get(reference) !== work) return
        reading.delete(reference)
        const before = answers.get(reference)
        const answer = answerOf(files)
        if (before && 'failed' in before && 'failed' in answer && before.failed === answer.failed) return
        answers.set(reference, answer)
        revision++
      })
    reading.set(reference, work)
    return work
  }
  return {
    known: answers,
    revision: () => revision,
    load: async (references) => {
      const missing = references.filter((reference) => !answers.has(reference))
      await Promise.all(missing.map((reference) => reading.get(reference) ?? ask(reference)))
      return missing.length > 0
    },
    retryFailed: async () => {
      const failed = [...answers].flatMap(([reference, answer]) => ('failed' in answer ? reference : []))
      await Promise.all(failed.map(ask))
    },
  }
}

const answerOf = (files: readonly ProgramText[] | { readonly failed: string } | null): FeatureSetAnswer => {
  if (files === null) return { failed: 'it is not in this workspace’s store.' }
  if ('failed' in files) return files
  return { files: files.map(({ path, text }) => ({ path, document: parse(text) })) }
}
