import { StudioError } from '@shared/errors'
import type { SignatureInput, TensorColumn } from '@shared/runtime/tensors'
import { quoteName } from '@shared/sql/quote'
import type { Signature } from '@shared/training/run'
import { tableFromIPC, type Vector } from 'apache-arrow'
import type { QueryEngine } from './dependencies'

const mostRows = 50_000
/** Vectors make batches of fewer rows, so that no batch holds more numbers. */
const mostNumbers = 4_000_000

/** How many rows are read and scored at once. */
export const batchSize = ({ inputs }: Signature): number => {
  const numbers = inputs.reduce((sum, { width = 1 }) => sum + width, 0)
  return Math.max(1, Math.min(mostRows, Math.floor(mostNumbers / Math.max(1, numbers))))
}

type VectorInput = SignatureInput & { readonly width: number }
const isVector = (input: SignatureInput): input is VectorInput => input.width !== undefined

const inputSql = (input: SignatureInput): string => {
  const name = quoteName(input.name)
  switch (input.tensor) {
    case 'float32':
      return `coalesce(cast(${name} as FLOAT), cast('nan' as FLOAT)) as ${name}`
    case 'int64':
      return `cast(${name} as BIGINT) as ${name}`
    case 'bool':
      return `cast(${name} as BOOLEAN) as ${name}`
    case 'string':
      return `coalesce(cast(${name} as VARCHAR), '') as ${name}`
  }
}

const columnOf = (input: SignatureInput, vector: Vector): TensorColumn => {
  const { name } = input
  const dims = [vector.length, 1]
  switch (input.tensor) {
    case 'float32': {
      const values: unknown = vector.toArray()
      return {
        name,
        type: 'float32',
        data: values instanceof Float32Array ? values : Float32Array.from(vector, (value) => Number(value)),
        dims,
      }
    }
    case 'int64':
      return { name, type: 'int64', data: BigInt64Array.from(Array.from(vector, (value) => BigInt(value))), dims }
    case 'bool':
      return { name, type: 'bool', data: Uint8Array.from(vector, (value) => (value ? 1 : 0)), dims }
    case 'string':
      return { name, type: 'string', data: Array.from(vector, String), dims }
  }
}

const childOf = (bytes: Uint8Array, column: string, input: string): Vector => {
  const found = tableFromIPC(bytes).getChild(column)
  if (found) return found
  throw new StudioError('missing_column', `Column \`${input}\` is missing.`, { place: { column: input } })
}

interface BatchQuery {
  readonly engine: QueryEngine
  readonly signature: Signature
  /** `from … where …`: the rows of the batch. */
  readonly from: string
  readonly signal: AbortSignal
}

/** The numbers of all rows’ vectors one after another, in the order of the rows; a missing vector is NaN in every place. */
const vectorsOf = async (
  { name, width }: VectorInput,
  rows: number,
  { engine, from, signal }: BatchQuery,
): Promise<TensorColumn> => {
  const missing = `list_transform(range(${width}), lambda i: cast('nan' as FLOAT))`
  const vector = `coalesce(cast(${quoteName(name)} as FLOAT[]), ${missing})`
  // Ordered inside the list, because nothing promises the order of what is unnested.
  const sql = `select unnest(flatten(list(${vector} order by "__row"))) as x ${from}`
  const values: unknown = childOf(await engine.arrow(sql, [], { signal }), 'x', name).toArray()
  if (!(values instanceof Float32Array) || values.length !== rows * width)
    throw new StudioError('invalid_input', `The vectors of \`${name}\` do not have ${width} numbers each.`, {
      hint: 'Make the training set again, or give vectors as long as those that the model was trained on.',
      place: { column: name },
    })
  return { name, type: 'float32', data: values, dims: [rows, width] }
}

/** A batch as the model takes it, with the numbers of its rows. */
export const readInputs = async (
  query: BatchQuery,
): Promise<{ readonly rowNumbers: Vector; readonly inputs: readonly TensorColumn[] }> => {
  const { engine, signature, from, signal } = query
  const selected = ['"__row"', ...signature.inputs.filter((input) => !isVector(input)).map(inputSql)]
  const bytes = await engine.arrow(`select ${selected.join(', ')} ${from} order by "__row"`, [], { signal })
  const rowNumbers = childOf(bytes, '__row', '__row')
  const inputs: TensorColumn[] = []
  if (rowNumbers.length > 0)
    for (const input of signature.inputs)
      inputs.push(
        isVector(input)
          ? await vectorsOf(input, rowNumbers.length, query)
          : columnOf(input, childOf(bytes, input.name, input.name)),
      )
  return { rowNumbers, inputs }
}
