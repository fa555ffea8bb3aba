import { buildGraph } from '@shared/graph/build'
import { layoutGraph, nodeSize } from '@shared/graph/layout'
import { parse } from '@shared/language/syntax/parser'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleText } from './sample'

const seed = process.env.PROML_SEED ? Number(process.env.PROML_SEED) : 20_260_102

const randomGraph = fc
  .integer({ min: 1, max: 60 })
  .chain((count) =>
    fc.record({
      count: fc.constant(count),
      pairs: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 120 }),
    }),
  )
  .map(({ count, pairs }) => graphOf(count, pairs))

const graphOf = (count: number, pairs: readonly (readonly [number, number])[]) => {
  const template = buildGraph(parse('source s = csv("a.csv")'), null).nodes[0]
  if (!template) throw new Error('no node')
  return {
    nodes: Array.from({ length: count }, (_, index) => ({ ...template, id: `n${index}` })),
    edges: pairs.map(([from, to]) => ({ id: `${from}-${to}`, from: `n${from}`, to: `n${to}` })),
  }
}

describe('the layout of a graph', () => {
  test('never lets nodes overlap and always gives the same picture', () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const { positions } = layoutGraph(graph)
        expect(positions).toHaveLength(graph.nodes.length)
        expect(layoutGraph(graph).positions).toEqual(positions)
        for (const a of positions)
          for (const b of positions)
            if (a.id < b.id && a.x === b.x) expect(Math.abs(a.y - b.y)).toBeGreaterThanOrEqual(nodeSize.height)
      }),
      { seed, numRuns: 100 },
    )
  })

  test('runs left to right', () => {
    const graph = buildGraph(parse(sampleText), 'late_departure')
    const x = new Map(layoutGraph(graph).positions.map((position) => [position.id, position.x]))
    for (const edge of graph.edges) expect(x.get(edge.from)).toBeLessThan(x.get(edge.to) ?? 0)
  })

  test('leads long edges between the nodes, not through them', () => {
    const graph = buildGraph(parse(sampleText), 'late_departure')
    const { positions, bends } = layoutGraph(graph)
    expect(Object.keys(bends).length).toBeGreaterThan(0)
    for (const points of Object.values(bends))
      for (const bend of points)
        for (const node of positions)
          if (node.x === bend.x) expect(bend.y <= node.y || bend.y >= node.y + nodeSize.height).toBe(true)
  })

  test('lays out ten thousand nodes', () => {
    const pairs = Array.from({ length: 14_000 }, (_, index): [number, number] => {
      const to = 1 + ((index * 7919) % 9999)
      return [Math.max(0, to - 1 - ((index * 31) % 40)), to]
    })
    expect(layoutGraph(graphOf(10_000, pairs)).positions).toHaveLength(10_000)
  })
})
