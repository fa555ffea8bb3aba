import type { StudioError } from '@shared/errors'
import { askedKey, cellValue, jsonCell } from '@shared/features/cells'
import { describe, expect, test } from 'vitest'

describe('a value of a serving table', () => {
  test('is read as what it is, and told in JSON as far as JSON can', () => {
    expect(cellValue('9007199254740993', 'int')).toBe(9007199254740993n)
    expect(jsonCell('9007199254740993', 'int')).toBe('9007199254740993')
    expect(jsonCell('-12', 'int')).toBe(-12)
    expect([jsonCell('inf', 'float'), jsonCell('nan', 'float'), jsonCell('1e-300', 'float')]).toEqual([
      null,
      null,
      1e-300,
    ])
    expect(cellValue('-inf', 'float')).toBe(Number.NEGATIVE_INFINITY)
    expect([jsonCell('true', 'bool'), jsonCell('null', 'string'), jsonCell(null, 'string')]).toEqual([
      true,
      'null',
      null,
    ])
    expect(jsonCell('2001-01-05 18:30:00.000001', 'time')).toBe('2001-01-05T18:30:00.000001Z')
    expect(jsonCell('0044-03-15 (BC) 12:00:00', 'time')).toBe('0044-03-15 (BC) 12:00:00')
    expect(jsonCell('[1.5, NULL, -0.25]', 'vector')).toEqual([1.5, null, -0.25])
    expect(jsonCell('[]', 'vector')).toEqual([])
  })

  test('is found by its key however that is written', () => {
    const key = (type: Parameters<typeof cellValue>[1], text: string): string =>
      askedKey([{ name: 'k', type }], { k: text })
    expect(key('int', '+0012')).toBe(key('int', '12'))
    expect(key('int', '9007199254740993')).not.toBe(key('int', '9007199254740992'))
    expect(key('float', '1.50')).toBe(key('float', '15e-1'))
    expect(key('time', '2001-01-05')).toBe(key('time', '2001-01-05 00:00:00.000000Z'))
    expect(key('time', '2001-01-05T18:30')).toBe(key('time', '2001-01-05 18:30:00'))
    expect(key('time', '2001-01-05T18:30:00.000001')).not.toBe(key('time', '2001-01-05T18:30:00'))
    expect(key('time', '1969-12-31T23:59:59.9')).toBe(key('time', '1969-12-31T23:59:59.900000'))
    expect(key('string', ' a ')).not.toBe(key('string', 'a'))
    const refused = (type: Parameters<typeof cellValue>[1], text: string): string => {
      try {
        return key(type, text)
      } catch (error) {
        return (error as StudioError).code
      }
    }
    for (const [type, text] of [
      ['int', '1.5'],
      ['int', ''],
      ['float', 'x'],
      ['bool', 'yes'],
      ['date', '5.1.2001'],
      ['time', 'now'],
    ] as const)
      expect(refused(type, text), `${type} ${text}`).toBe('invalid_input')
  })
})
