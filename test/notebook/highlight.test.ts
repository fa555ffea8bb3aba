import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokensOf } from '../../renderer/notebook/highlight'

const seed = Number(process.env.PROML_SEED ?? 20261123)

describe('Python colours', () => {
  it('cover every character once, whatever is typed', () => {
    const piece = fc.constantFrom(
      '"',
      "'",
      '"""',
      '#',
      '\n',
      'def ',
      'f"',
      '\\',
      '1e5',
      '@x',
      '%time',
      'ü',
      '😀',
      ' ',
      '(',
      'import',
    )
    const source = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(
        source,
        (text) =>
          tokensOf(text)
            .map((token) => token.text)
            .join('') === text,
      ),
      { seed, numRuns: 500 },
    )
  })

  it('tell words, strings, numbers and comments apart', () => {
    const kinds = tokensOf('@cache\ndef area(r): return 3.14 * r ** 2 # f"x"\nprint(f"{r}", x.print)')
      .filter((token) => token.kind !== 'plain')
      .map((token) => `${token.kind} ${token.text}`)
    expect(kinds).toEqual([
      'decorator @cache',
      'keyword def',
      'function area',
      'keyword return',
      'number 3.14',
      'number 2',
      'comment # f"x"',
      'builtin print',
      'string f"{r}"',
    ])
  })
})
