import { readFileSync } from 'node:fs'
import type { Document } from '@shared/language/ast'
import { parse } from '@shared/language/syntax/parser'
import { readText, reread } from '@shared/language/syntax/reread'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearPrograms } from './programs'
import { seed } from './seed'

const sample = readFileSync('resources/samples/flights/flights.proml', 'utf8')
const isLong = Boolean(process.env.PROML_LONG)

/** What the tree says, with the mends of its mistakes in place of the functions that find them. */
const told = (document: Document) => ({
  ...document,
  errors: document.errors.map(({ fixes, ...problem }) => ({ ...problem, fixes: fixes(document.text) })),
})

/** What a person types, pastes or deletes; some of it opens what it does not close, or begins a declaration. */
const piece = fc.constantFrom(
  'd',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '.',
  '5',
  'e',
  '(',
  ')',
  '{',
  '}',
  '"',
  '`',
  ',',
  '/',
  '//',
  '/*',
  '*/',
  '///',
  '\n/// told\n',
  '\u{1f600}',
  '\nfeature x = a + 1\n',
  '\nfeature ',
  'namespace other\n',
  ' like feast\n',
  'import a from "b.proml"\n',
  'feature y = if (a, b, c)',
  'feature z = if (a) then b else c\n',
  'source s = parquet("x") { time t }\n',
  'nonsense here\n',
)
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(200)),
  text: fc.oneof(fc.constant(''), piece),
})
const text = fc.oneof(
  fc.constant(sample),
  nearPrograms,
  fc.array(fc.oneof(nearPrograms, piece), { maxLength: 8 }).map((parts) => parts.join('\n')),
)

describe('a text that is edited', () => {
  it('reads as if it were read anew, whatever is changed', () => {
    let kept = 0
    fc.assert(
      fc.property(text, fc.array(edit, { minLength: 1, maxLength: 12 }), (start, edits) => {
        let known = readText(start)
        for (const { at, length, text: piece } of edits) {
          const from = Math.floor(at * known.text.length)
          const next = known.text.slice(0, from) + piece + known.text.slice(from + length)
          const before = new Set(known.items)
          known = reread(known, next)
          kept += known.items.filter((item) => before.has(item)).length
          expect(told(known.document)).toEqual(told(parse(next)))
          expect(known.items.map(({ start: a, first: b, end: c }) => [a, b, c])).toEqual(
            readText(next).items.map(({ start: a, first: b, end: c }) => [a, b, c]),
          )
        }
      }),
      { seed, numRuns: isLong ? 20_000 : 500 },
    )
    console.log(`${kept} items of edited texts were kept (PROML_SEED=${seed})`)
    expect(kept).toBeGreaterThan(1_000)
  })

  it('keeps the trees of all declarations but the one that is typed in', () => {
    const known = readText(sample)
    const at = sample.indexOf('feature airport_delay_3h') + 30
    const next = reread(known, `${sample.slice(0, at)} ${sample.slice(at)}`)
    const isKept = next.document.declarations.map(
      (declaration, index) => declaration === known.document.declarations[index],
    )
    expect(isKept.filter((each) => !each)).toHaveLength(1)
  })
})
