import { programGraph } from '@shared/graph/program'
import { graphText } from '@shared/graph/svg'
import { checkProgram } from '@shared/language/check/check'
import { describe, expect, it } from 'vitest'
import { schemas } from '../language/support'

const files = [
  {
    path: 'features/airports.proml',
    text: `namespace airports
source flights = parquet("data/flights.parquet") { time date }
entity airport(code: string)
feature delay_3h: float of airport = mean(delay) from flights by origin over 3h
`,
  },
  {
    path: 'late.proml',
    text: `namespace late
import delay_3h from "features/airports.proml"
source flights = parquet("data/flights.parquet") { time date }
model late {
  observe flights
  predict late = delay > 15
  use from_delay = delay_3h by origin
  let gbt = boosted_trees(from_delay)
  output p = probability(gbt)
}
`,
  },
]

describe('the graph of a file of a workspace', () => {
  const program = checkProgram(files, schemas)

  it('holds what the file imports', () => {
    expect(program.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    const text = graphText(programGraph(program, 'late.proml'))
    expect(text).toMatch(/^Feature graph of late\n/)
    expect(text).toMatch(/^feature delay_3h +mean\(delay\) · 3h$/m)
    expect(text).toMatch(/^use from_delay .*← delay_3h/m)
  })

  it('is of the features where the file has no model', () => {
    expect(graphText(programGraph(program, 'features/airports.proml'))).toMatch(/^Feature graph\nsource flights /)
  })

  it('of a model or a file that is not there is refused, with what is there', () => {
    expect(() => programGraph(program, 'late.proml', 'none')).toThrow('`late.proml` has no model `none`.')
    expect(() => programGraph(program, 'none.proml')).toThrow('There is no program `none.proml`.')
  })
})
