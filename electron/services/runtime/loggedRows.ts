import { randomUUID } from 'node:crypto'
import type { Engine, Rows } from '@shared/rpc/runtime'
import { type Cell, type InputCell, rowCount, type SignatureInput } from '@shared/runtime/tensors'
import { quoteText } from '@shared/sql/quote'
import type { Signature } from '@shared/training/run'

export interface LoggedBatch {
  readonly engine: Engine
  readonly rows: Rows
  readonly outputs: Readonly<Record<string, readonly Cell[]>>
  readonly elapsedMs: number
}

const columnTypes: Readonly<Record<SignatureInput['tensor'], string>> = {
  float32: 'DOUBLE',
  int64: 'BIGINT',
  bool: 'BOOLEAN',
  string: 'VARCHAR',
}

/** Columns of the log besides the inputs, in order. */
const ownColumns: Readonly<Record<string, string>> = {
  __output: 'DOUBLE',
  __time: 'TIMESTAMP',
  __key: 'VARCHAR',
  __logged_at: 'TIMESTAMP',
  __engine: 'VARCHAR',
  __batch_ms: 'DOUBLE',
  __batch_rows: 'BIGINT',
}

export const logColumns = (signature: Signature): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    signature.inputs.map((input) => [input.name, input.width === undefined ? columnTypes[input.tensor] : 'FLOAT[]']),
  ),
  ...ownColumns,
})

/** Which call a pending row came with; not kept in the log. */
const callColumn = '__call'

/** As its column’s type has it: what `read_json` could not take would cost the row. */
const cellOf = ({ tensor }: SignatureInput, value: InputCell | undefined): InputCell => {
  if (value === null || value === undefined || Array.isArray(value)) return value ?? null
  if (tensor === 'string') return String(value).toWellFormed()
  return tensor === 'bool' ? Boolean(value) : Number(value)
}

/** A call’s rows as they wait to be compacted, one line each. */
export const linesOf = (signature: Signature, batch: LoggedBatch): string => {
  const count = rowCount(batch.rows)
  const output = batch.outputs[signature.outputs[0]?.name ?? ''] ?? []
  const loggedAt = new Date().toISOString().replace('Z', '')
  const call = randomUUID()
  let text = ''
  for (let row = 0; row < count; row += 1) {
    const value = output[row]
    const line: Record<string, InputCell> = {}
    for (const input of signature.inputs) line[input.name] = cellOf(input, batch.rows[input.name]?.[row])
    line.__output = typeof value === 'string' || value === undefined || value === null ? null : Number(value)
    line.__logged_at = loggedAt
    line.__engine = batch.engine
    line.__batch_ms = batch.elapsedMs
    line.__batch_rows = count
    line[callColumn] = call
    text += `${JSON.stringify(line)}\n`
  }
  return text
}

/** The rows of a sealed part. A call that was cut off was never acknowledged: none of its rows are taken. */
export const sealedSql = (path: string, signature: Signature): string => {
  const columns = Object.entries({ ...logColumns(signature), [callColumn]: 'VARCHAR' })
    .map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`)
    .join(', ')
  return `select * exclude (${callColumn}) from read_json(${quoteText(path)}, format = 'newline_delimited', ignore_errors = true, columns = {${columns}})
    where __logged_at is not null
    qualify ${callColumn} is null or count(*) over (partition by ${callColumn}) = __batch_rows`
}
