import type { Document } from '../ast'

/** The files of a feature set, by their paths inside it, or why it is not here. */
export type FeatureSetAnswer =
  | { readonly files: readonly { readonly path: string; readonly document: Document }[] }
  | { readonly failed: string }

/** `flights@1.2.0`, or by digest `flights@sha256:…`: what a registry publishes, told from a path by its `@`. */
export const isFeatureSet = (text: string): boolean =>
  /^[A-Za-z0-9_][\w.-]*@(?:sha256:[0-9a-f]{64}|[A-Za-z0-9_][\w.-]{0,127})$/.test(text)

export interface ProgramDocuments {
  readonly documents: ReadonlyMap<string, Document>
  /** For files of feature sets, the set. */
  readonly setOf: ReadonlyMap<string, string>
  /** Feature sets that are wanted and not known yet. */
  readonly wants: readonly string[]
}

/** The files with those of the feature sets that they import, and that those import. */
export const withFeatureSets = (
  own: ReadonlyMap<string, Document>,
  featureSets: ReadonlyMap<string, FeatureSetAnswer>,
): ProgramDocuments => {
  const documents = new Map(own)
  const setOf = new Map<string, string>()
  const wants = new Set<string>()
  const seen = new Set<string>()
  const open = [...own.values()]
  for (let next = open.pop(); next; next = open.pop())
    for (const { from } of next.imports) {
      if (!from || !isFeatureSet(from.text) || seen.has(from.text)) continue
      seen.add(from.text)
      const answer = featureSets.get(from.text)
      if (!answer) wants.add(from.text)
      else if (!('failed' in answer))
        for (const { path, document } of answer.files) {
          const name = `${from.text}/${path}`
          documents.set(name, document)
          setOf.set(name, from.text)
          open.push(document)
        }
    }
  return { documents, setOf, wants: [...wants].sort() }
}
