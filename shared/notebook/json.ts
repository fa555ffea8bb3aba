/** A JSON value in which a number that JavaScript would spell differently stays as it was written. */
export type Json = string | number | boolean | null | RawNumber | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** `1.0`, `1e-07` or a number of twenty digits: kept as text, printed as read. */
export class RawNumber {
  constructor(readonly text: string) {}
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawNumber)

/** ES2025: a reviver is told the source text of a primitive (Node 21, Chromium 114). */
type SourceReviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown

const keepSpelling: SourceReviver = (_key, value, context) =>
  typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? new RawNumber(context.source)
    : value

/** Throws `SyntaxError` as `JSON.parse` does. */
export const parseJson = (text: string): Json => JSON.parse(text, keepSpelling)

/** Code-point order, as Python sorts strings; `<` in JavaScript compares UTF-16 units. */
const byCodePoint = (a: string, b: string): number => {
  const [left, right] = [a[Symbol.iterator](), b[Symbol.iterator]()]
  for (;;) {
    const [one, two] = [left.next(), right.next()]
    if (one.done || two.done) return one.done ? (two.done ? 0 : -1) : 1
    const difference = (one.value.codePointAt(0) ?? 0) - (two.value.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
}

const print = (value: Json, indent: string, parts: string[]): void => {
  if (value instanceof RawNumber) parts.push(value.text)
  else if (Array.isArray(value)) {
    if (value.length === 0) parts.push('[]')
    else {
      const deeper = `${indent} `
      parts.push('[\n')
      value.forEach((item, index) => {
        parts.push(index === 0 ? deeper : `,\n${deeper}`)
        print(item, deeper, parts)
      })
      parts.push('\n', indent, ']')
    }
  } else if (isObject(value)) {
    const keys = Object.keys(value).sort(byCodePoint)
    if (keys.length === 0) parts.push('{}')
    else {
      const deeper = `${indent} `
      parts.push('{\n')
      keys.forEach((key, index) => {
        parts.push(index === 0 ? deeper : `,\n${deeper}`, JSON.stringify(key), ': ')
        print(value[key] ?? null, deeper, parts)
      })
      parts.push('\n', indent, '}')
    }
  } else parts.push(JSON.stringify(value))
}

/** `json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)`, byte for byte. */
export const printJson = (value: Json): string => {
  const parts: string[] = []
  print(value, '', parts)
  return parts.join('')
}
