import type { Expression } from '@shared/language/ast'
import { parse } from '@shared/language/syntax/parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearPrograms } from './programs'
import { seed } from './seed'
import { check } from './support'

const expressionOf = (text: string): Expression | undefined => {
  const [declaration] = parse(`feature x = ${text}`).declarations
  return declaration?.kind === 'feature' ? declaration.definition?.expression : undefined
}

/** An expression in prefix form, to see what binds to what. */
const shape = (expression: Expression | undefined): string => {
  switch (expression?.kind) {
    case 'number':
      return String(expression.value)
    case 'name':
      return expression.name.text
    case 'string':
      return JSON.stringify(expression.value)
    case 'bool':
      return String(expression.value)
    case 'duration':
      return `${expression.micros}us`
    case 'size':
      return `${expression.bytes}B`
    case 'unary':
      return `(${expression.operator} ${shape(expression.operand)})`
    case 'binary':
      return `(${expression.operator} ${shape(expression.left)} ${shape(expression.right)})`
    case 'conditional':
      return `(? ${shape(expression.condition)} ${shape(expression.then)} ${shape(expression.otherwise)})`
    case 'range':
      return `(.. ${shape(expression.low)} ${shape(expression.high)})`
    case 'list':
      return `[${expression.items.map(shape).join(' ')}]`
    case 'call':
      return `${expression.callee.text}(${expression.args.map(({ name, value }) => (name ? `${name.text}: ` : '') + shape(value)).join(', ')})`
    default:
      return expression?.kind ?? 'nothing'
  }
}

describe('reading expressions', () => {
  it.each([
    ['a + b * c', '(+ a (* b c))'],
    ['a - b - c', '(- (- a b) c)'],
    ['-a * b', '(* (- a) b)'],
    ['not a = b and c', '(and (not (= a b)) c)'],
    ['a or b and c', '(or a (and b c))'],
    ['(a or b) and c', '(and (or a b) c)'],
    ['a > 1 = true', '(= (> a 1) true)'],
    ['if a then b else c + 1', '(? a b (+ c 1))'],
    ['if (a) and b then c else d', '(? (and a b) c d)'],
    ['if(a, b, c)', 'if(a, b, c)'],
    ['f(a, max: 50, g: tune(3..8, log))', 'f(a, max: 50, g: tune((.. 3 8), log))'],
    ['f([1, 2.5, -3])', 'f([1 2.5 (- 3)])'],
    ['15m', '900000000us'],
    ['20MB', '20000000B'],
    ['`a column` + 1', '(+ a column 1)'],
    ['"say \\"hi\\""', '"say \\"hi\\""'],
    ['1e-5 + 0.5', '(+ 0.00001 0.5)'],
  ])('%s', (text, expected) => {
    expect(parse(`feature x = ${text}`).errors).toEqual([])
    expect(shape(expressionOf(text))).toBe(expected)
  })
})

describe('a file with mistakes', () => {
  it('keeps everything that does not depend on them', () => {
    const { declarations, errors } = parse(`source a = parquet("a.parquet") { time }
feature b = mean(x from a
feature c = 1
model m {
  observe a
  use
  use d
  let e =
  let f = log1p(d
  output g = probability(f)
}
entity h(code: string)`)
    expect(declarations.map(({ kind, name }) => `${kind} ${name.text}`)).toEqual([
      'source a',
      'feature b',
      'feature c',
      'model m',
      'entity h',
    ])
    const model = declarations.find(({ kind }) => kind === 'model')
    expect(model?.kind === 'model' && model.statements.map(({ name }) => name.text)).toEqual(['d', 'e', 'f', 'g'])
    expect(errors.map(({ span }) => span.start)).toEqual(errors.map(({ span }) => span.start).toSorted((a, b) => a - b))
    expect(errors).toHaveLength(5)
  })

  it.each(['(', '[', 'not ', '-', 'if(', 'f(', 'if a then ', 'a + ', 'a and ', 'f(x: '])(
    'tells ten thousand levels of `%s` and goes on',
    (part) => {
      const text = `feature x = ${part.repeat(10_000)}1\nfeature y = 2`
      const { declarations, errors } = parse(text)
      expect(errors.map(({ code }) => code)).toContain('PML1005')
      expect(declarations.at(-1)?.name.text).toBe('y')
      check(text)
    },
  )

  it('never throws, always ends, and every place lies in the text', () => {
    fc.assert(
      fc.property(nearPrograms, (text) => {
        const spans: { start: number; end: number }[] = []
        const collect = (value: unknown): void => {
          if (Array.isArray(value)) for (const each of value) collect(each)
          else if (typeof value === 'object' && value !== null) {
            if ('start' in value && 'end' in value) spans.push(value as { start: number; end: number })
            for (const each of Object.values(value)) collect(each)
          }
        }
        const { diagnostics, documents } = check(text)
        collect(documents.get('test.proml'))
        collect(diagnostics)
        for (const { start, end } of spans) expect(0 <= start && start <= end && end <= text.length).toBe(true)
      }),
      { seed, numRuns: 500, interruptAfterTimeLimit: 15_000 },
    )
  })

  it('reads any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        check(text)
      }),
      { seed, numRuns: 300 },
    )
  })
})

describe('documentation', () => {
  it('is the `///` lines directly before a declaration', () => {
    const [a, b] = parse(
      '/// One.\n/// Two.\nfeature a = 1\n/// Not this.\n// since this stands between\nfeature b = 2',
    ).declarations
    expect(a?.documentation).toBe('One.\nTwo.')
    expect(b?.documentation).toBe('')
  })
})
