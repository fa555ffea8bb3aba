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
  /** A version never changes; one that was not there may have come. */
  readonly forgetFailed: () => void
}

export function featureSetCache(read: FeatureSetProvider | undefined): FeatureSetCache {
  const answers = new Map<string, FeatureSetAnswer>()
  const reading = new Map<string, Promise<void>>()
  let revision = 0

  const ask = async (reference: string): Promise<void> => {
    const files = await (read?.(reference) ?? Promise.resolve(null)).catch((error: unknown) => ({
      failed: error instanceof Error ? error.message : String(error),
    }))
    reading.delete(reference)
    answers.set(reference, answerOf(files))
    revision++
  }
  return {
    known: answers,
    revision: () => revision,
    load: async (references) => {
      const missing = references.filter((reference) => !answers.has(reference))
      for (const reference of missing) if (!reading.has(reference)) reading.set(reference, ask(reference))
      await Promise.all(missing.map((reference) => reading.get(reference)))
      return missing.length > 0
    },
    forgetFailed: () => {
      for (const [reference, answer] of answers) if ('failed' in answer) answers.delete(reference)
    },
  }
}

const answerOf = (files: readonly ProgramText[] | { readonly failed: string } | null): FeatureSetAnswer => {
  if (files === null) return { failed: 'it is not in this workspace’s store.' }
  if ('failed' in files) return files
  return { files: files.map(({ path, text }) => ({ path, document: parse(text) })) }
}
