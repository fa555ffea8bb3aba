import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Document } from '@shared/language/ast'
import { format } from '@shared/language/format/format'
import { parse } from '@shared/language/syntax/parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../support/context'
import { programs } from './programs'
import { seed } from './seed'

/** The tree without places, and what comments say. */
const meaning = ({ text, namespace, declarations, comments }: Document): unknown => ({
  tree: JSON.parse(
    JSON.stringify({ namespace, declarations }, (key, value) =>
      key === 'span' || key === 'operatorSpan' ? undefined : value,
    ),
  ),
  comments: comments.map(({ kind, span }) => {
    const said = text.slice(span.start, span.end).replaceAll('\r\n', '\n')
    return kind === 'line' ? said.trimEnd() : said
  }),
})

describe('the formatter', () => {
  it('changes nothing that a program says', () => {
    fc.assert(
      fc.property(programs, (text) => {
        const before = parse(text)
        expect(before.errors).toEqual([])
        expect(meaning(parse(format(text)))).toEqual(meaning(before))
      }),
      { seed, numRuns: 300 },
    )
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(programs, (text) => {
        const once = format(text)
        expect(format(once)).toBe(once)
      }),
      { seed, numRuns: 300 },
    )
  })

  it('leaves a file with a syntax error as it is', () => {
    const text = 'feature   x =\n\nmodel {'
    expect(format(text)).toBe(text)
  })

  it('writes a program as the sample is written', () => {
    const sample = readFileSync(join(projectRoot, 'resources/samples/flights/flights.proml'), 'utf8')
    expect(format(sample)).toBe(sample)
    expect(format(sample.replaceAll('\n', '\r\n'))).toBe(sample)
  })

  it('keeps comments where they stood, and groups apart', () => {
    const text = `namespace   x // here
/* first */
source s=parquet( "a.parquet" ){time t row(a,b)}
source t = csv("b.csv"){ time t}


/// Said about it.
feature f:float of airport=mean( if(a>1,1,0) -(-2) )from s by(a,b)where not a=1 over 3h lag 15m default -1 owner "x" // tail
model m{
  // what is seen
  observe s where a>0

  use a   /* why */
  use b


  let z=boosted_trees(a,b,depth:tune(3 .. 8)) // grown
  output p=probability(z)
  train{split time 70/15/15 seed 7}
  // the end
}
model empty{}`
    expect(format(text)).toBe(`namespace x // here
/* first */
source s = parquet("a.parquet") {
  time t
  row (a, b)
}
source t = csv("b.csv") { time t }

/// Said about it.
feature f: float of airport
  = mean(if(a > 1, 1, 0) - (-2)) from s by (a, b) where not a = 1 over 3h lag 15m
  default -1  owner "x" // tail
model m {
  // what is seen
  observe s where a > 0

  use a /* why */
  use b

  let z = boosted_trees(a, b, depth: tune(3..8)) // grown
  output p = probability(z)
  train { split time 70/15/15  seed 7 }
  // the end
}
model empty {}
`)
  })
})
