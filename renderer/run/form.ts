import type { Rows } from '@shared/rpc/runtime'
import type { InputCell, SignatureInput } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'

/** One field of the form: what is typed, and whether the value is missing. */
export interface FieldValue {
  readonly text: string
  readonly isNull: boolean
}
export type FormValues = Readonly<Record<string, FieldValue>>

/** The model reads float32: more than seven digits of an example would be digits of nothing. */
const exampleText = (example: Signature['inputs'][number]['example']): string =>
  example === null
    ? ''
    : Array.isArray(example)
      ? example.map(exampleText).join(', ')
      : typeof example === 'number' && !Number.isInteger(example)
        ? String(Number(example.toPrecision(7)))
        : String(example)

export const exampleValues = (signature: Signature): FormValues =>
  Object.fromEntries(
    signature.inputs.map((input) => [
      input.name,
      { text: exampleText(input.example), isNull: input.example === null && input.isNullable },
    ]),
  )

const counted = (count: number): string => `${count} ${count === 1 ? 'number' : 'numbers'}`

/** Numbers between commas, spaces or line breaks, in brackets or not, as people copy them from elsewhere. */
const parseVector = (text: string, width: number): { cell: InputCell } | { problem: string } => {
  const words = text
    .replace(/^\[|\]$/g, '')
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
  const numbers = words.map(Number)
  // What is beyond float32 would be infinite in the model.
  const wrong = numbers.findIndex((number) => !Number.isFinite(Math.fround(number)))
  if (wrong >= 0) return { problem: `\`${words[wrong]?.slice(0, 20)}\`, number ${wrong + 1}, is no number.` }
  if (numbers.length !== width) return { problem: `Type ${counted(width)}; there are ${numbers.length}.` }
  return { cell: numbers }
}

/** The typed value, or what is wrong with it. */
export const parseField = (input: SignatureInput, value: FieldValue): { cell: InputCell } | { problem: string } => {
  if (value.isNull) return { cell: null }
  if (input.width !== undefined) return parseVector(value.text.trim(), input.width)
  const text = value.text.trim()
  switch (input.tensor) {
    case 'string':
      return { cell: value.text }
    case 'bool':
      return { cell: text === 'true' }
    case 'int64':
      return /^[+-]?\d{1,15}$/.test(text) ? { cell: Number(text) } : { problem: 'Type a whole number.' }
    case 'float32': {
      // A truth value that may be missing crosses as a number.
      if (text === 'true' || text === 'false') return { cell: text === 'true' ? 1 : 0 }
      const number = text === '' ? Number.NaN : Number(text)
      return Number.isFinite(number) ? { cell: number } : { problem: 'Type a number.' }
    }
  }
}

export const parseForm = (
  signature: Signature,
  values: FormValues,
): { rows: Rows | null; problems: Readonly<Record<string, string>> } => {
  const rows: Record<string, InputCell[]> = {}
  const problems: Record<string, string> = {}
  for (const input of signature.inputs) {
    const parsed = parseField(input, values[input.name] ?? { text: '', isNull: false })
    if ('problem' in parsed) problems[input.name] = parsed.problem
    else rows[input.name] = [parsed.cell]
  }
  return { rows: Object.keys(problems).length > 0 ? null : rows, problems }
}

const mostSuggestions = 40

/** Values of the golden rows, most frequent first. */
export const suggestionsFor = (input: SignatureInput, golden: Rows): string[] => {
  if (input.tensor !== 'string') return []
  const counts = new Map<string, number>()
  for (const value of golden[input.name] ?? [])
    if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, mostSuggestions)
    .map(([value]) => value)
}
