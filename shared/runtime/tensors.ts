import type { z } from 'zod'
import { StudioError } from '../errors'
import type { cellSchema, Rows } from '../rpc/runtime'
import type { Signature } from '../training/run'

export type SignatureInput = Signature['inputs'][number]
export type Cell = z.infer<typeof cellSchema>
/** What a model is given in one place: a value, or the numbers of a vector. */
export type InputCell = Rows[string][number]

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
      input.width !== undefined
        ? `Give a list of ${input.width} numbers${input.isNullable ? ', or null where the vector is missing' : ''}.`
        : input.tensor === 'float32'
          ? 'Give a number, or null where the value is missing.'
          : `Give a value of type ${input.tensor === 'int64' ? 'int' : input.tensor}.`,
    place: { column: input.name },
  })

/** Values that are no vectors. */
const single = (input: SignatureInput, value: InputCell, row: number): Cell => {
  if (Array.isArray(value)) throw wrong(input, row, 'is a list')
  return value
}

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

/** A missing vector crosses as NaN in every place, as in training; one that lacks a number is a mistake of the caller’s. */
const fillVector = (
  data: Float32Array,
  { input, width, value, row }: { input: SignatureInput; width: number; value: InputCell; row: number },
): void => {
  if (value === null) {
    if (!input.isNullable) throw wrong(input, row, 'is null')
    data.fill(Number.NaN, row * width, (row + 1) * width)
    return
  }
  if (!Array.isArray(value)) throw wrong(input, row, 'is no list')
  if (value.length !== width)
    throw wrong(input, row, `has ${value.length} ${value.length === 1 ? 'number' : 'numbers'}, not ${width},`)
  for (const [place, number] of value.entries()) {
    // Float32 has no room for what is beyond it.
    if (number === null || !Number.isFinite(Math.fround(number)))
      throw wrong(input, row, `has no number in place ${place + 1}`)
    data[row * width + place] = number
  }
}

/**
 * Values by input name as tensors of shape [rows, 1], vectors of shape [rows, width]. A null number becomes NaN where the
 * input may be null.
 */
export const tensorsOf = (signature: Signature, rows: Rows): TensorColumn[] => {
  const count = rowCount(rows)
  const tensorOf = (input: SignatureInput): TensorColumn => {
    const column = Object.hasOwn(rows, input.name) ? rows[input.name] : undefined
    if (!column)
      throw new StudioError('invalid_input', `Input \`${input.name}\` is missing.`, {
        hint: `The model needs ${signature.inputs.map((one) => one.name).join(', ')}.`,
        place: { column: input.name },
      })
    const { name, width } = input
    if (width !== undefined) {
      const data = new Float32Array(count * width)
      for (const [row, value] of column.entries()) fillVector(data, { input, width, value, row })
      return { name, type: 'float32', data, dims: [count, width] }
    }
    const cells = column.map((value, row) => single(input, value, row))
    const dims = [count, 1]
    switch (input.tensor) {
      case 'float32':
        return {
          name,
          type: 'float32',
          data: Float32Array.from(cells, (value, row) => numberOf(input, value, row)),
          dims,
        }
      case 'int64':
        return {
          name,
          type: 'int64',
          data: BigInt64Array.from(cells.map((value, row) => integerOf(input, value, row))),
          dims,
        }
      case 'bool':
        return { name, type: 'bool', data: Uint8Array.from(cells, (value, row) => truthOf(input, value, row)), dims }
      case 'string':
        return { name, type: 'string', data: cells.map((value, row) => textOf(input, value, row)), dims }
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
  const width = tensor.dims[1] ?? 1
  const dims = [1, width]
  const [start, end] = [index * width, (index + 1) * width]
  switch (tensor.type) {
    case 'float32':
      return { ...tensor, data: tensor.data.slice(start, end), dims }
    case 'int64':
      return { ...tensor, data: tensor.data.slice(start, end), dims }
    case 'bool':
      return { ...tensor, data: tensor.data.slice(start, end), dims }
    case 'string':
      return { ...tensor, data: tensor.data.slice(start, end), dims }
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
