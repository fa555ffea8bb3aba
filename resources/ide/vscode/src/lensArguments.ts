/** What a lens hands to `proml.train` and `proml.preview`; see shared/language/server. */
export interface RunArgument {
  readonly uri: string
  /** The program, relative to its workspace. */
  readonly path: string
  readonly model: string | null
}

export interface Place {
  readonly line: number
  readonly character: number
}

export interface PlaceRange {
  readonly uri: string
  readonly range: { readonly start: Place; readonly end: Place }
}

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** Null for anything else: a command can be called by anyone with anything. */
export const runArgumentOf = (value: unknown): RunArgument | null => {
  if (!isObject(value)) return null
  const { uri, path, model } = value
  if (typeof uri !== 'string' || typeof path !== 'string' || path.startsWith('-')) return null
  return typeof model === 'string' || model === null || model === undefined ? { uri, path, model: model ?? null } : null
}

export const placeOf = (value: unknown): Place | null =>
  isObject(value) && typeof value.line === 'number' && typeof value.character === 'number'
    ? { line: value.line, character: value.character }
    : null

export const placeRangesOf = (value: unknown): PlaceRange[] => {
  if (!Array.isArray(value)) return []
  return value.flatMap((each: unknown) => {
    if (!isObject(each) || typeof each.uri !== 'string' || !isObject(each.range)) return []
    const start = placeOf(each.range.start)
    const end = placeOf(each.range.end)
    return start && end ? [{ uri: each.uri, range: { start, end } }] : []
  })
}
