import type { Rows } from '@shared/rpc/runtime'
import type { Cell, SignatureInput } from '@shared/runtime/tensors'
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

/** The typed value, or what is wrong with it. */
export const parseField = (input: SignatureInput, value: FieldValue): { cell: Cell } | { problem: string } => {
  if (value.isNull) return { cell: null }
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
  const rows: Record<string, Cell[]> = {}
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
