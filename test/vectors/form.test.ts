import type { Signature } from '@shared/training/run'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleValues, parseField, parseForm } from '../../renderer/run/form'

const seed = Number(process.env.PROML_SEED ?? 20260101)
const input = {
  name: 'topic',
  tensor: 'float32',
  isNullable: true,
  width: 3,
  example: [0.1, 2, -0.3333333432674408],
} as const
const signature: Signature = {
  version: 1,
  model: 'm',
  inputs: [{ ...input, example: [...input.example] }],
  outputs: [{ name: 'p', tensor: 'float32' }],
}
const typed = (text: string) => parseField(signature.inputs[0] ?? { ...input, example: null }, { text, isNull: false })

describe('a vector in the form', () => {
  it('starts with a vector that occurs, with the digits that float32 has', () => {
    const values = exampleValues(signature)
    expect(values.topic).toEqual({ text: '0.1, 2, -0.3333333', isNull: false })
    expect(parseForm(signature, values)).toEqual({ rows: { topic: [[0.1, 2, -0.3333333]] }, problems: {} })
  })

  it('takes numbers as people copy them from elsewhere', () => {
    for (const text of ['1, 2, 3', '[1,2,3]', ' 1 2\n3 ', '[1.0; 2; 3]', '1,\t2e0,3,'])
      expect(typed(text), text).toEqual({ cell: [1, 2, 3] })
    expect(parseField({ ...input, example: null }, { text: 'anything', isNull: true })).toEqual({ cell: null })
  })

  it('says how many numbers are missing, and which is none', () => {
    expect(typed('')).toEqual({ problem: 'Type 3 numbers; there are 0.' })
    expect(typed('1, 2')).toEqual({ problem: 'Type 3 numbers; there are 2.' })
    expect(typed('1, two, 3')).toEqual({ problem: '`two`, number 2, is no number.' })
    expect(typed('1, 2, NaN')).toEqual({ problem: '`NaN`, number 3, is no number.' })
    expect(typed('1, 1e39, 3')).toEqual({ problem: '`1e39`, number 2, is no number.' })
  })

  it('reads what it is given of any text, or says what is wrong', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 6 }),
        fc.string(),
        (numbers, rest) => {
          const list = typed(JSON.stringify(numbers))
          if (numbers.length === 3) expect(list).toEqual({ cell: numbers.map((one) => one + 0) })
          else expect(list).toEqual({ problem: `Type 3 numbers; there are ${numbers.length}.` })
          const other = typed(rest)
          if ('cell' in other) expect(other.cell).toHaveLength(3)
        },
      ),
      { seed },
    )
  })
})
