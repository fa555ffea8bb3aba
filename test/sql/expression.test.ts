import type { ValueType } from '@shared/data/profile'
import { operators } from '@shared/language/operators/table'
import type { Expr } from '@shared/plan/plan'
import { compileExpression, nativeTypeOf } from '@shared/sql/expression'
import { afterAll, describe, expect, test } from 'vitest'
import { createDataEngine } from '../../electron/services/data/engine'
import { testContext } from '../support/context'

const context = testContext()
const engine = createDataEngine({
  code: context.platform.code,
  root: context.workspace.root,
  temporaryFolder: context.workspace.internal('tmp'),
  log: context.log,
})
afterAll(async () => {
  await engine.dispose()
  context.remove()
})

const int = (value: number | null): Expr => ({ op: 'literal', value, type: 'int' })
const float = (value: number | null): Expr => ({ op: 'literal', value, type: 'float' })
const bool = (value: boolean | null): Expr => ({ op: 'literal', value, type: 'bool' })
const text = (value: string | null): Expr => ({ op: 'literal', value, type: 'string' })
const time = (value: string): Expr => ({ op: 'literal', value, type: 'time' })
const call = (fn: string, type: ValueType, ...args: Expr[]): Expr => ({ op: 'call', fn, args, type })

const compute = async (expr: Expr): Promise<unknown> => {
  const sql = compileExpression(expr, { column: (name) => name })
  // Through a table, so that nothing is folded before it runs.
  const [row] = await engine.rows(`select ${sql} as v from range(1)`)
  return row?.v
}

const friday = time('2001-01-05 23:59:59')
const sunday = time('2001-01-07 00:00:00')

describe('row expressions', () => {
  test.each<[string, Expr, unknown]>([
    ['1 / 0', call('/', 'float', int(1), int(0)), null],
    ['1 / 4 of integers is a float', call('/', 'float', int(1), int(4)), 0.25],
    ['5 % 0', call('%', 'int', int(5), int(0)), null],
    ['-5 % 3 has the sign of the left', call('%', 'int', int(-5), int(3)), -2],
    ['-5.5 % 3', call('%', 'float', float(-5.5), int(3)), -2.5],
    ['0.1 + 0.2 is a double', call('+', 'float', float(0.1), float(0.2)), 0.1 + 0.2],
    ['1e308 * 10 is not finite', call('*', 'float', float(1e308), int(10)), null],
    ['exp(1000)', call('exp', 'float', int(1000)), null],
    ['is_null(exp(1000))', call('is_null', 'bool', call('exp', 'float', int(1000))), true],
    ['1 / exp(1000) is null, not 0', call('/', 'float', int(1), call('exp', 'float', int(1000))), null],
    ['false and null', call('and', 'bool', bool(false), bool(null)), false],
    ['true and null', call('and', 'bool', bool(true), bool(null)), null],
    ['true or null', call('or', 'bool', bool(true), bool(null)), true],
    ['not null', call('not', 'bool', bool(null)), null],
    ['null = null', call('=', 'bool', int(null), int(null)), null],
    ['if(null, 1, 2)', call('if', 'int', bool(null), int(1), int(2)), 2],
    ['coalesce(null, 3)', call('coalesce', 'int', int(null), int(3)), 3],
    ['neg', call('neg', 'int', int(4)), -4],
    ['hour', call('hour', 'int', friday), 23],
    ['minute', call('minute', 'int', friday), 59],
    ['weekday of a Friday', call('weekday', 'int', friday), 4],
    ['weekday of a Sunday', call('weekday', 'int', sunday), 6],
    ['day', call('day', 'int', friday), 5],
    ['month', call('month', 'int', friday), 1],
    ['year', call('year', 'int', friday), 2001],
    ['log1p of a tiny number keeps its digits', call('log1p', 'float', float(1e-12)), Math.log1p(1e-12)],
    ['log1p(-1)', call('log1p', 'float', int(-1)), null],
    ['log1p(0)', call('log1p', 'float', int(0)), 0],
    ['ln(0)', call('ln', 'float', int(0)), null],
    ['sqrt(-1)', call('sqrt', 'float', int(-1)), null],
    ['sqrt(2)', call('sqrt', 'float', int(2)), Math.SQRT2],
    ['abs', call('abs', 'int', int(-7)), 7],
    ['floor(-0.5)', call('floor', 'float', float(-0.5)), -1],
    ['ceil(0.5)', call('ceil', 'float', float(0.5)), 1],
    ['round halves away from zero', call('round', 'float', float(-2.5), int(0)), -3],
    ['round to digits', call('round', 'float', float(2.345), int(1)), 2.3],
    ['clip below', call('clip', 'float', int(-5), float(0), float(3)), 0],
    ['clip above', call('clip', 'float', int(5), float(0), float(3)), 3],
    ['clip without bounds', call('clip', 'int', int(5), float(null), float(null)), 5],
    ['clip of null', call('clip', 'float', float(null), float(0), float(3)), null],
    ['lower', call('lower', 'string', text('ÄB')), 'äb'],
    ['upper', call('upper', 'string', text('äb')), 'ÄB'],
    ['length counts characters', call('length', 'int', text('añ𝄞')), 3],
    ['a quote in a text is a text', call('=', 'bool', text("'; drop table x; --"), text("'; drop table x; --")), true],
  ])('%s', async (_, expr, wanted) => {
    const found = await compute(expr)
    if (typeof wanted === 'number' && typeof found === 'number') expect(found).toBeCloseTo(wanted, 14)
    else expect(found).toBe(wanted)
  })

  test('every row function of the operator table has SQL', async () => {
    const literals: Readonly<Record<string, Expr>> = {
      number: float(1.5),
      any: float(1.5),
      bool: bool(true),
      string: text('a'),
      time: friday,
      moment: friday,
      category: text('a'),
    }
    const functions = operators.filter(({ roles, lowerings }) => roles.includes('row') && lowerings.includes('duckdb'))
    expect(functions.length).toBeGreaterThan(25)
    for (const { name, inputs, parameters } of functions) {
      const args = [
        ...inputs.map(({ type }) => literals[type] ?? float(1)),
        ...parameters.map((parameter) =>
          typeof parameter.default === 'number' ? int(parameter.default) : float(null),
        ),
      ]
      const sql = compileExpression(call(name, 'unknown', ...args), { column: (column) => column })
      await expect(engine.rows(`select ${sql} as v`), name).resolves.toHaveLength(1)
    }
    expect(nativeTypeOf('int')).toBe('bigint')
  })
})
