import { StudioError } from '@shared/errors'
import { columnsOf, largestDifference, tensorsOf } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const signature: Signature = {
  version: 1,
  model: 'm',
  inputs: [
    { name: 'distance', tensor: 'float32', isNullable: true, example: 100 },
    { name: 'hour', tensor: 'int64', isNullable: false, example: 8 },
    { name: 'busy', tensor: 'bool', isNullable: false, example: false },
    { name: 'origin', tensor: 'string', isNullable: false, example: 'ORD' },
  ],
  outputs: [{ name: 'p', tensor: 'float32' }],
}
const rows = { distance: [1.5, null], hour: [8, 9], busy: [true, false], origin: ['ORD', 'Zürich ✈'] }
const failure = (work: () => unknown): StudioError => {
  try {
    work()
  } catch (error) {
    if (error instanceof StudioError) return error
  }
  throw new Error('It did not fail.')
}

test('columns become tensors of one value a row; a missing number is NaN', () => {
  expect(tensorsOf(signature, rows)).toEqual([
    { name: 'distance', type: 'float32', data: Float32Array.from([1.5, Number.NaN]), dims: [2, 1] },
    { name: 'hour', type: 'int64', data: BigInt64Array.from([8n, 9n]), dims: [2, 1] },
    { name: 'busy', type: 'bool', data: Uint8Array.from([1, 0]), dims: [2, 1] },
    { name: 'origin', type: 'string', data: ['ORD', 'Zürich ✈'], dims: [2, 1] },
  ])
})

test('a null where the model takes none is refused by name and row', () => {
  const error = failure(() => tensorsOf(signature, { ...rows, hour: [8, null] }))
  expect([error.code, error.message, error.place?.column]).toEqual([
    'invalid_input',
    'Input `hour` is null in row 2.',
    'hour',
  ])
})

test('a missing input, columns of different lengths, and values of another type are refused', () => {
  const { origin: _, ...without } = rows
  expect(failure(() => tensorsOf(signature, without)).message).toBe('Input `origin` is missing.')
  expect(failure(() => tensorsOf(signature, { ...rows, hour: [8] })).code).toBe('invalid_input')
  expect(failure(() => tensorsOf(signature, { ...rows, hour: [8, 9.5] })).message).toBe(
    'Input `hour` is no whole number in row 2.',
  )
  expect(failure(() => tensorsOf(signature, { ...rows, distance: ['far', 1] })).message).toBe(
    'Input `distance` is text in row 1.',
  )
  expect(failure(() => tensorsOf(signature, { ...rows, origin: ['ORD', 7] })).message).toBe(
    'Input `origin` is no text in row 2.',
  )
})

test('an input named like an object’s own method is looked up among the given columns only', () => {
  const odd: Signature = {
    ...signature,
    inputs: [{ name: 'constructor', tensor: 'float32', isNullable: true, example: 0 }],
  }
  expect(failure(() => tensorsOf(odd, {})).message).toBe('Input `constructor` is missing.')
})

test('outputs come back as they went in, and what is not finite is null', () => {
  fc.assert(
    fc.property(fc.float32Array(), (data) => {
      const [column] = Object.values(
        columnsOf(signature, [{ name: 'p', type: 'float32', data, dims: [data.length, 1] }], data.length),
      )
      return column?.every((cell, row) => Object.is(cell, Number.isFinite(data[row]) ? data[row] : null))
    }),
    process.env.PROML_SEED ? { seed: Number(process.env.PROML_SEED) } : {},
  )
})

test('agreement is the largest difference, and infinite where an answer is missing', () => {
  expect(largestDifference({ p: [0.1, 0.5] }, { p: [0.1, 0.75] })).toBe(0.25)
  expect(largestDifference({ p: [0.1] }, { p: [null] })).toBe(Number.POSITIVE_INFINITY)
  expect(largestDifference({ p: [0.1] }, {})).toBe(Number.POSITIVE_INFINITY)
})
