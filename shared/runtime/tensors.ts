import { StudioError } from '../errors'
import type { Rows } from '../rpc/runtime'
import type { Signature } from '../training/run'

export type SignatureInput = Signature['inputs'][number]
export type Cell = Rows[string][number]

/** One input or output of a model, ready for an engine: `data` row by row, each row `size / rows` values wide. */
export type TensorColumn =
  | { readonly name: string; readonly type: 'float32'; readonly data: Float32Array; readonly dims: readonly number[] }
  | { readonly name: string; readonly type: 'int64'; readonly data: BigInt64Array; readonly dims: readonly number[] }
  | { readonly name: string; readonly type: 'bool'; readonly data: Uint8Array; readonly dims: readonly number[] }
  | {
      readonly name: string
      readonly type: 'string'
      readonly data: readonly string[]
      readonly dims: readonly number[]
    }

const wrong = (input: SignatureInput, row: number, what: string): StudioError =>
  new StudioError('invalid_input', `Input \`${input.name}\` ${what} in row ${row + 1}.`, {
    hint:
      input.tensor === 'float32'
        ? 'Give a number, or null where the value is missing.'
        : `Give a value of type ${input.tensor === 'int64' ? 'int' : input.tensor}.`,
    place: { column: input.name },
  })

const numberOf = (input: SignatureInput, value: Cell, row: number): number => {
  if (value === null) {
    if (!input.isNullable) throw wrong(input, row, 'is null')
    return Number.NaN
  }
  if (typeof value === 'string') throw wrong(input, row, 'is text')
  return Number(value)
}

const integerOf = (input: SignatureInput, value: Cell, row: number): bigint => {
  if (value === null) throw wrong(input, row, 'is null')
  if (typeof value === 'string') throw wrong(input, row, 'is text')
  if (!Number.isSafeInteger(Number(value))) throw wrong(input, row, 'is no whole number')
  return BigInt(value)
}

/** A missing text crosses as the empty one, as in training. */
const textOf = (input: SignatureInput, value: Cell, row: number): string => {
  if (value === null) {
    if (!input.isNullable) throw wrong(input, row, 'is null')
    return ''
  }
  if (typeof value !== 'string') throw wrong(input, row, 'is no text')
  return value
}

const truthOf = (input: SignatureInput, value: Cell, row: number): number => {
  if (value === null) throw wrong(input, row, 'is null')
  if (typeof value === 'string') throw wrong(input, row, 'is text')
  return value ? 1 : 0
}

/** Every column of `rows` has one length; it is the number of rows. */
export const rowCount = (rows: Rows): number => {
  const lengths = new Set(Object.values(rows).map((column) => column.length))
  if (lengths.size > 1)
    throw new StudioError('invalid_input', 'The columns differ in length.', {
      hint: 'Give every input the same number of values.',
    })
  return [...lengths][0] ?? 0
}

/** Values by input name as tensors of shape [rows, 1]. A null number becomes NaN where the input may be null. */
export const tensorsOf = (signature: Signature, rows: Rows): TensorColumn[] => {
  const count = rowCount(rows)
  const tensorOf = (input: SignatureInput): TensorColumn => {
    const column = Object.hasOwn(rows, input.name) ? rows[input.name] : undefined
    if (!column)
      throw new StudioError('invalid_input', `Input \`${input.name}\` is missing.`, {
        hint: `The model needs ${signature.inputs.map((one) => one.name).join(', ')}.`,
        place: { column: input.name },
      })
    const { name } = input
    const dims = [count, 1]
    switch (input.tensor) {
      case 'float32':
        return {
          name,
          type: 'float32',
          data: Float32Array.from(column, (value, row) => numberOf(input, value, row)),
          dims,
        }
      case 'int64':
        return {
          name,
          type: 'int64',
          data: BigInt64Array.from(column.map((value, row) => integerOf(input, value, row))),
          dims,
        }
      case 'bool':
        return { name, type: 'bool', data: Uint8Array.from(column, (value, row) => truthOf(input, value, row)), dims }
      case 'string':
        return { name, type: 'string', data: column.map((value, row) => textOf(input, value, row)), dims }
    }
  }
  return signature.inputs.map(tensorOf)
}

const cellsOf = (tensor: TensorColumn): Cell[] => {
  switch (tensor.type) {
    case 'float32':
      return Array.from(tensor.data, (value) => (Number.isFinite(value) ? value : null))
    case 'int64':
      return Array.from(tensor.data, Number)
    case 'bool':
      return Array.from(tensor.data, (value) => value !== 0)
    case 'string':
      return [...tensor.data]
  }
}

/** Output tensors as columns of cells, one a row; a number that is not finite is null. */
export const columnsOf = (
  signature: Signature,
  outputs: readonly TensorColumn[],
  rows: number,
): Record<string, Cell[]> =>
  Object.fromEntries(
    signature.outputs.map(({ name }) => {
      const tensor = outputs.find((one) => one.name === name)
      if (!tensor || tensor.data.length !== rows)
        throw new StudioError('model_failed', `The model’s output \`${name}\` does not have one value a row.`, {
          hint: 'The model file does not match its signature; train or pull it again.',
        })
      return [name, cellsOf(tensor)]
    }),
  )

const rowOf = (tensor: TensorColumn, index: number): TensorColumn => {
  const dims = [1, 1]
  switch (tensor.type) {
    case 'float32':
      return { ...tensor, data: tensor.data.slice(index, index + 1), dims }
    case 'int64':
      return { ...tensor, data: tensor.data.slice(index, index + 1), dims }
    case 'bool':
      return { ...tensor, data: tensor.data.slice(index, index + 1), dims }
    case 'string':
      return { ...tensor, data: tensor.data.slice(index, index + 1), dims }
  }
}

/** Row `index` alone, for timing single rows. */
export const singleRow = (tensors: readonly TensorColumn[], index: number): TensorColumn[] =>
  tensors.map((tensor) => rowOf(tensor, index))

/** Largest absolute difference over all outputs and rows; infinite where one side has a value and the other has none. */
export const largestDifference = (
  expected: Readonly<Record<string, readonly number[]>>,
  actual: Readonly<Record<string, readonly Cell[]>>,
): number => {
  let largest = 0
  for (const [name, values] of Object.entries(expected)) {
    const other = actual[name]
    if (!other || other.length !== values.length) return Number.POSITIVE_INFINITY
    values.forEach((value, row) => {
      const found = other[row]
      const difference =
        typeof found === 'number' || typeof found === 'boolean'
          ? Math.abs(Number(found) - value)
          : Number.POSITIVE_INFINITY
      largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    })
  }
  return largest
}
