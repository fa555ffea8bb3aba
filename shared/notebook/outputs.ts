import { type CellOutput, outputSchema } from '../kernels/kernel'
import { isObject, type Json, type JsonObject, RawNumber } from './json'

/** What a terminal would show of text with carriage returns and backspaces: progress bars overwrite their line. */
export const collapseOverwrites = (text: string): string => {
  if (!/[\r\b]/.test(text)) return text
  let plain = text.replaceAll('\r\n', '\n')
  // A backspace takes the character before it, but never a line break.
  while (/[^\n\r\b][\b]/.test(plain)) plain = plain.replace(/[^\n\r\b][\b]/g, '')
  return plain
    .replaceAll('\b', '')
    .split('\n')
    .map((line) => {
      if (!line.includes('\r')) return line
      let shown = ''
      for (const part of line.split('\r')) shown = part + shown.slice(part.length)
      return shown
    })
    .join('\n')
}

const toFileOutput = (output: CellOutput): JsonObject => {
  switch (output.output_type) {
    case 'stream':
      return { output_type: 'stream', name: output.name, text: collapseOverwrites(output.text) }
    case 'display_data':
      return { output_type: 'display_data', data: toJson(output.data), metadata: toJson(output.metadata) }
    case 'execute_result':
      return {
        output_type: 'execute_result',
        data: toJson(output.data),
        metadata: toJson(output.metadata),
        execution_count: output.execution_count,
      }
    case 'error':
      return { output_type: 'error', ename: output.ename, evalue: output.evalue, traceback: output.traceback }
  }
}

/** Outputs of an execution as a notebook file holds them. */
export const toFileOutputs = (outputs: readonly CellOutput[]): JsonObject[] => outputs.map(toFileOutput)

const toJson = (record: Readonly<Record<string, unknown>>): JsonObject =>
  // What a kernel sends is JSON; this only tells the compiler so.
  record as JsonObject

const plain = (value: Json): unknown => {
  if (value instanceof RawNumber) return Number(value.text)
  if (Array.isArray(value)) return value.map(plain)
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  return value
}

/** A file's outputs for showing them; one of a kind that we do not know becomes a line that says so. */
export const fromFileOutputs = (outputs: readonly JsonObject[]): CellOutput[] =>
  outputs.map((output): CellOutput => {
    const parsed = outputSchema.safeParse(plain(output))
    if (parsed.success) return parsed.data
    return {
      output_type: 'stream',
      name: 'stderr',
      text: `[An output that the studio cannot read: ${String(output.output_type)}]\n`,
    }
  })
