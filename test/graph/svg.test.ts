import { spawnSync } from 'node:child_process'
import { buildGraph } from '@shared/graph/build'
import { graphSvg, graphText } from '@shared/graph/svg'
import { parse } from '@shared/language/syntax/parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { programs } from '../language/programs'
import { seed } from '../language/seed'
import { python } from '../training/fixture'
import { sampleText } from './sample'

/** Every text that is given reads as XML, asked of a parser that is not ours. */
const readsAsXml = (drawings: readonly string[]): string => {
  const script = `import json, sys, xml.etree.ElementTree as tree
for text in json.load(sys.stdin):
    tree.fromstring(text.encode())
print("well-formed")`
  return spawnSync(python, ['-c', script], { input: JSON.stringify(drawings), encoding: 'utf8' }).stdout.trim()
}

describe('the drawn graph', () => {
  it('has a card for every node, a line for every edge, and says both in words', () => {
    const graph = buildGraph(parse(sampleText), 'late_departure')
    const svg = graphSvg(graph)
    expect(svg.match(/<g transform=/g)).toHaveLength(graph.nodes.length)
    expect(svg.match(/<path /g)).toHaveLength(graph.edges.length)
    expect(svg).toContain('<title id="title">Feature graph of late_departure</title>')
    expect(svg).toContain('role="img"')
    const text = graphText(graph)
    for (const { name } of graph.nodes) expect(text).toContain(name)
    expect(text).toMatch(/^algorithm lin +logistic {2}← far, when, port/m)
    expect(readsAsXml([svg])).toBe('well-formed')
  })

  it('loads nothing and runs nothing', () => {
    const svg = graphSvg(buildGraph(parse(sampleText), null))
    expect(svg).not.toMatch(/<script|href=|url\(|@import| on[a-z]+=/)
  })

  it('is well-formed whatever the program says', () => {
    const drawings: string[] = [
      graphSvg(buildGraph(parse('source `<&">` = csv("a&b<\u0001>.csv")\nfeature f = `]]>` from `<&">`'), null)),
    ]
    fc.assert(
      fc.property(programs, (text) => {
        drawings.push(graphSvg(buildGraph(parse(text), null)))
      }),
      { seed, numRuns: 100 },
    )
    expect(readsAsXml(drawings)).toBe('well-formed')
  })
})
