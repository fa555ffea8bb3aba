import { sqlOf } from '@shared/interchange/expressions/sql'
import { translate } from '@shared/interchange/expressions/translate'
import type { Expression } from '@shared/language/ast'
import { parse } from '@shared/language/syntax/parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seed } from '../language/seed'
import { expressionTexts } from './programs'
import { treeOf } from './support'

const ours = (text: string, dialect: 'mvel' | 'sql'): string => {
  const found = translate(text, dialect)
  return 'value' in found ? found.value.text : `✗ ${found.reason}`
}

const expressionOf = (text: string): Expression => {
  const [declaration] = parse(`feature x of e = ${text}`).declarations
  if (declaration?.kind !== 'feature' || !declaration.definition) throw new Error(`No expression: ${text}`)
  return declaration.definition.expression
}

describe('expressions of Feathr', () => {
  it.each([
    ["alpha == 'banana'", 'alpha = "banana"'],
    ['(a || b) && !c', '(a or b) and not c'],
    ['isPresent(f) ? Math.log(f) : null', 'if not is_null(f) then ln(f) else null'],
    ['(isPresent(a) && isPresent(b)) ? a * b : null', 'if not is_null(a) and not is_null(b) then a * b else null'],
    ['x != null', 'not is_null(x)'],
    ['(Float)x / 2', 'x / 2'],
    ['-(a - (b - c))', '-(a - (b - c))'],
    ['a ? b : c ? d : e', 'if a then b else (if c then d else e)'],
  ])('reads MVEL’s %s', (theirs, expected) => expect(ours(theirs, 'mvel')).toBe(expected))

  it.each([
    ['amount * 10', 'amount * 10'],
    ['CASE WHEN a > 0 THEN 1 WHEN a = 0 THEN 2 ELSE 3 END', 'if a > 0 then 1 else (if a = 0 then 2 else 3)'],
    ["kind IN ('a', 'b') AND NOT d BETWEEN 1 AND 2", '(kind = "a" or kind = "b") and not (d >= 1 and d <= 2)'],
    ['d NOT BETWEEN 1 AND 2', 'not (d >= 1 and d <= 2)'],
    ['tip IS NOT NULL', 'not is_null(tip)'],
    ['nvl(cast(`a column` AS DOUBLE), 0)', 'coalesce(`a column`, 0)'],
    ['(a = b) = c', '(a = b) = c'],
    ["'it\\'s \"so\"'", '"it\'s \\"so\\""'],
  ])('reads SQL’s %s', (theirs, expected) => expect(ours(theirs, 'sql')).toBe(expected))

  it.each([
    ['x = 1', 'mvel'],
    ['user.name', 'mvel'],
    ['words[0]', 'mvel'],
    ['getIdFromRawUrn(key)', 'mvel'],
    ['new java.io.File("x")', 'mvel'],
    ['import java.lang.System; System.exit(1)', 'mvel'],
    ['a || b', 'sql'],
    ['CASE WHEN a THEN 1 END', 'sql'],
    ['CASE a WHEN 1 THEN 2 ELSE 3 END', 'sql'],
    ['cast(a as int)', 'sql'],
    ['10L', 'sql'],
    ['', 'sql'],
    ['a +', 'sql'],
    ['a b', 'sql'],
    [`${'('.repeat(50_000)}a${')'.repeat(50_000)}`, 'sql'],
    [`${'a ? b : '.repeat(50_000)}c`, 'mvel'],
    ['-'.repeat(50_000), 'sql'],
  ] as const)('does not guess at %.40s', (theirs, dialect) => {
    expect(ours(theirs, dialect)).toMatch(/^✗ .+[.]$/)
  })

  it('come back from SQL as they were', () => {
    fc.assert(
      fc.property(expressionTexts(['fare', 'distance', 'a column', 'case', 'größe']), (text) => {
        const sql = sqlOf(expressionOf(text))
        expect(sql).toHaveProperty('value')
        const back = ours('value' in sql ? sql.value : '', 'sql')
        expect(treeOf(`feature x of e = ${back}`)).toEqual(treeOf(`feature x of e = ${text}`))
      }),
      { seed, numRuns: 500 },
    )
  })
})
