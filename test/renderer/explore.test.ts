import type { ColumnProfile } from '@shared/data/profile'
import type { WorkspaceEntry } from '@shared/rpc/workspace'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freeName, typeAhead, visibleRows } from '../../renderer/explore/files/tree'
import { cellOf, plainTextOf } from '../../renderer/explore/table/cells'
import { copyText } from '../../renderer/explore/table/clipboard'
import { binFilters, filterLabel, parseFilterValue, valueFilter } from '../../renderer/explore/table/filters'
import { scrollScale, visibleRange } from '../../renderer/explore/table/scroll'
import { blockOf, moved, type Selection } from '../../renderer/explore/table/selection'

const seed = Number(process.env.PROML_SEED ?? 20260101)

const entry = (path: string, kind: 'file' | 'folder' = 'file'): WorkspaceEntry => ({
  path,
  name: path.slice(path.lastIndexOf('/') + 1),
  kind,
  sizeBytes: 1,
  modifiedAt: 0,
})
const entries = [
  entry('data', 'folder'),
  entry('data/old', 'folder'),
  entry('data/old/a.csv'),
  entry('data/b.csv'),
  entry('c.md'),
]

describe('files tree', () => {
  test('a closed folder hides all below it, also open folders inside', () => {
    expect(visibleRows(entries, new Set(['data/old'])).map((row) => row.entry.path)).toEqual(['data', 'c.md'])
    const open = visibleRows(entries, new Set(['data', 'data/old']))
    expect(open.map(({ entry: { path }, level, position, siblings }) => [path, level, position, siblings])).toEqual([
      ['data', 1, 1, 2],
      ['data/old', 2, 1, 2],
      ['data/old/a.csv', 3, 1, 1],
      ['data/b.csv', 2, 2, 2],
      ['c.md', 1, 2, 2],
    ])
  })

  test('typing goes to the next name that begins so, and round', () => {
    const rows = visibleRows(entries, new Set(['data']))
    expect(typeAhead(rows, 0, 'B')).toBe(2)
    expect(typeAhead(rows, 3, 'da')).toBe(0)
    expect(typeAhead(rows, 1, 'zzz')).toBe(1)
  })

  test('a new file never takes a name that is there', () => {
    const taken = [entry('x/untitled.md'), entry('x/untitled 2.md')]
    expect(freeName(taken, 'x', 'untitled.md')).toBe('x/untitled 3.md')
    expect(freeName(taken, '', 'untitled.md')).toBe('untitled.md')
  })
})

describe('cells', () => {
  test('what is missing, not a number, infinite or empty does not look like a value', () => {
    expect(
      [null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, ''].map((value) => cellOf(value, 'float')),
    ).toEqual([
      { kind: 'null', text: 'NULL' },
      { kind: 'nan', text: 'NaN' },
      { kind: 'infinite', text: '∞' },
      { kind: 'infinite', text: '−∞' },
      { kind: 'empty', text: 'empty' },
    ])
    expect(cellOf('NULL', 'string').kind).toBe('value')
  })

  test('numbers carry separators on the screen and none on the clipboard; 64 bits stay whole', () => {
    expect(cellOf(-1234567.5, 'float').text).toBe('−1,234,567.5')
    expect(cellOf(9007199254740993n, 'int').text).toBe('9,007,199,254,740,993')
    expect(plainTextOf(9007199254740993n, 'int')).toBe('9007199254740993')
    expect(cellOf(Date.UTC(2001, 0, 1, 6), 'time').text).toBe('2001-01-01 06:00')
    expect(cellOf(Date.UTC(2001, 0, 1, 6, 0, 1, 5), 'time').text).toBe('2001-01-01 06:00:01.005')
    expect(plainTextOf(Date.UTC(2001, 0, 1), 'date')).toBe('2001-01-01')
  })
})

describe('clipboard', () => {
  test('commas, quotes, bars and line ends stay inside their cell', () => {
    const rows = [['a,"b"\nc', 'x|y']]
    expect(copyText('csv', ['p', 'q'], rows)).toBe('p,q\r\n"a,""b""\nc",x|y')
    expect(copyText('tsv', ['p', 'q'], rows)).toBe('a,"b" c\tx|y')
    expect(copyText('markdown', ['p', 'q'], rows, [false, true])).toBe(
      '| p | q |\n| --- | ---: |\n| a,"b"<br>c | x\\|y |',
    )
  })

  test('a text that a spreadsheet would run is kept a text, a negative number a number', () => {
    const fields = ['=1+1', '+1', '@sum', '-2+3', '-5', '-0.5', '-x']
    expect(
      copyText(
        'csv',
        ['f'],
        fields.map((field) => [field]),
      )
        .split('\r\n')
        .slice(1),
    ).toEqual(["'=1+1", "'+1", "'@sum", '-2+3', '-5', '-0.5', "'-x"])
  })
})

const profile = (type: ColumnProfile['type']): ColumnProfile => ({
  name: 'delay',
  type,
  rows: 10,
  nulls: 0,
  nonFinite: 0,
  distinct: 3,
  isDistinctExact: true,
  min: 0,
  max: 20,
  mean: 1,
  stddev: 1,
  quantiles: null,
  histogram: { edges: [0, 10, 20], counts: [5, 5] },
  top: [],
  sampledRows: 10,
})

describe('filters', () => {
  test('a bar of a histogram leads to its rows, the last with its upper edge', () => {
    expect(binFilters(profile('int'), 0, 10).map(filterLabel)).toEqual(['delay ≥ 0', 'delay < 10'])
    expect(binFilters(profile('int'), 10, 20).map(filterLabel)).toEqual(['delay ≥ 10', 'delay ≤ 20'])
  })

  test('what is typed is taken as the column’s type, or refused with a sentence', () => {
    expect(parseFilterValue('1,000', 'int')).toEqual({ ok: true, value: 1000 })
    expect(parseFilterValue('−3.5', 'float')).toEqual({ ok: true, value: -3.5 })
    expect(parseFilterValue('many', 'int').ok).toBe(false)
    expect(parseFilterValue('', 'int').ok).toBe(false)
    expect(parseFilterValue('TRUE', 'bool')).toEqual({ ok: true, value: true })
    expect(parseFilterValue('2001-01-31T06:00', 'time')).toEqual({ ok: true, value: '2001-01-31 06:00' })
    expect(parseFilterValue('31.1.2001', 'time').ok).toBe(false)
    expect(valueFilter(profile('string'), null)).toEqual({ column: 'delay', operator: 'is null' })
  })
})

describe('scrolling', () => {
  test('every row of ten million can be reached, and no browser is asked for too high an element', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 50, max: 3000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, viewport, share) => {
          const scale = scrollScale(rows, 26, viewport)
          expect(scale.barHeight).toBeLessThanOrEqual(16_000_000)
          const row = Math.floor(share * (rows - 1))
          const top = scale.clamp(row * 26)
          const range = visibleRange(top, viewport, 26, rows, 0)
          expect(row).toBeGreaterThanOrEqual(range.first)
          expect(row).toBeLessThanOrEqual(range.last)
          expect(scale.toTop(scale.toScrollTop(top))).toBeCloseTo(top, 3)
        },
      ),
      { seed },
    )
  })
})

describe('keys of the grid', () => {
  const bounds = { rows: 100, columns: 5, page: 20 }
  const at = (row: number, column: number): Selection => ({ active: { row, column }, anchor: { row, column } })
  const press = (selection: Selection, key: string, isMod = false, isShift = false) =>
    moved(selection, { key, isMod, isShift }, bounds)

  test('never leave it, whatever is pressed', () => {
    const keys = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End', 'a', 'x']
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...keys), fc.boolean(), fc.boolean()), { maxLength: 40 }),
        (presses) => {
          let selection = at(0, 0)
          for (const [key, isMod, isShift] of presses) selection = press(selection, key, isMod, isShift) ?? selection
          for (const { row, column } of [selection.active, selection.anchor]) {
            expect(row).toBeGreaterThanOrEqual(-1)
            expect(row).toBeLessThan(100)
            expect(column).toBeGreaterThanOrEqual(0)
            expect(column).toBeLessThan(5)
          }
        },
      ),
      { seed },
    )
  })

  test('up from the first row is the header; Ctrl+End the last cell; Shift stretches', () => {
    expect(press(at(0, 2), 'ArrowUp')?.active).toEqual({ row: -1, column: 2 })
    expect(press(at(0, 0), 'End', true)?.active).toEqual({ row: 99, column: 4 })
    const stretched = press(at(3, 3), 'ArrowLeft', false, true)
    expect(stretched && blockOf(stretched)).toEqual({ firstRow: 3, lastRow: 3, firstColumn: 2, lastColumn: 3 })
  })
})
