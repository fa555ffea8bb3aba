import { buildGraph, modelNames } from '@shared/graph/build'
import { nodeAtOffset } from '@shared/graph/locate'
import { nameAt, nameTable } from '@shared/graph/names'
import { parse } from '@shared/language/syntax/parser'
import { describe, expect, test } from 'vitest'
import { sampleText } from './sample'

const document = parse(sampleText)
const graph = buildGraph(document, 'late_departure')
const node = (name: string) => graph.nodes.find((one) => one.name === name)
const into = (name: string) =>
  graph.edges
    .filter((edge) => edge.to === node(name)?.id)
    .map((edge) => graph.nodes.find((one) => one.id === edge.from)?.name)
    .sort()

describe('the feature graph of a model', () => {
  test('draws every statement of the model once, under its own name', () => {
    const names = graph.nodes.map((one) => one.name)
    expect(new Set(names).size).toBe(names.length)
    expect([...names].sort()).toEqual(
      [
        ...['flights', 'late', 'distance', 'hour', 'weekday', 'from_delay', 'to_delay', 'busy', 'route_delay_7d'],
        ...['origin', 'airport_delay_3h', 'airport_traffic_1d', 'far', 'when', 'port', 'lin', 'gbt', 'blend'],
        'late_probability',
      ].sort(),
    )
  })

  test('draws nothing that the model does not need', () => {
    expect(node('airports')).toBeUndefined()
    expect(node('airport_lat')).toBeUndefined()
  })

  test('connects what a statement reads', () => {
    expect(into('gbt')).toEqual(
      ['busy', 'distance', 'from_delay', 'hour', 'route_delay_7d', 'to_delay', 'weekday'].sort(),
    )
    expect(into('from_delay')).toEqual(['airport_delay_3h'])
    expect(into('busy')).toEqual(['airport_traffic_1d'])
    expect(into('hour')).toEqual(['flights'])
    expect(into('late_probability')).toEqual(['blend'])
  })

  test('knows which model inputs carry a feature’s values', () => {
    expect(node('airport_delay_3h')?.inputs).toEqual(['from_delay', 'to_delay'])
    expect(node('busy')?.inputs).toEqual(['busy'])
  })

  test('draws what another namespace declares as one node that says where it is declared', () => {
    const library = parse(
      'namespace library\nentity airport(code: string)\nfeature busy: int of airport = count() from f by o over 1d\n',
    )
    const model = parse(`import busy as crowded from "features/library.proml"
model m {
  observe flights
  use n = crowded by origin
  use crowded by destination
  let gbt = boosted_trees(n, crowded)
  output p = probability(gbt)
}
`)
    const { nodes, edges } = buildGraph(model, 'm', {
      foreign: [{ file: 'features/library.proml', document: library }],
    })
    expect(nodes.find(({ id }) => id === 'feature:crowded')).toMatchObject({
      name: 'crowded',
      file: 'features/library.proml',
      detail: 'count() · 1d',
      inputs: ['n', 'crowded'],
    })
    expect(edges.map(({ id }) => id)).toEqual([
      'feature:crowded→use:m/n',
      'use:m/n→let:m/gbt',
      'feature:crowded→let:m/gbt',
      'let:m/gbt→output:m/p',
    ])
  })

  test('draws the steps of a ranking behind the outputs, one after the other', () => {
    const model = parse(`model m {
  observe candidates
  rank by query
  use price
  let gbt = boosted_trees(price)
  output p = probability(gbt)
  filter p > 0.1
  top 50 by p
}
`)
    const { nodes, edges } = buildGraph(model, 'm')
    expect(
      nodes
        .filter(({ kind }) => kind === 'step')
        .map(({ name, detail, parameters }) => [name, detail, parameters.map(({ text }) => text)]),
    ).toEqual([
      ['filter', 'filter p > 0.1', ['0.1']],
      ['top 50', 'top 50 by p', []],
    ])
    expect(edges.slice(-2).map(({ id }) => id)).toEqual(['output:m/p→step:m/1', 'step:m/1→step:m/2'])
  })

  test('gives each parameter the exact place it is written at', () => {
    const written = graph.nodes.flatMap((one) =>
      one.parameters.map((parameter) => [one.name, parameter.name, parameter.text, parameter.control]),
    )
    expect(written).toContainEqual(['airport_delay_3h', 'over', '3h', 'duration'])
    expect(written).toContainEqual(['airport_delay_3h', 'lag', '15m', 'duration'])
    expect(written).toContainEqual(['airport_delay_3h', 'default', '0', 'number'])
    expect(written).toContainEqual(['gbt', 'depth', 'tune(3..8)', 'tune'])
    expect(written).toContainEqual(['port', 'max', '50', 'number'])
    for (const one of graph.nodes)
      for (const { span, text } of one.parameters) expect(sampleText.slice(span.start, span.end)).toBe(text)
  })

  test('names each kind by what the operation does', () => {
    expect(
      ['flights', 'busy', 'hour', 'late', 'far', 'gbt', 'blend', 'late_probability'].map((name) => node(name)?.kind),
    ).toEqual(['source', 'feature', 'use', 'label', 'transform', 'algorithm', 'combinator', 'output'])
  })

  test('without a model, shows the sources and features of the file', () => {
    const whole = buildGraph(document, null)
    expect(whole.nodes.map((one) => one.kind)).toEqual([...Array(2).fill('source'), ...Array(5).fill('feature')])
    expect(modelNames(document)).toEqual(['late_departure'])
  })

  test('survives features that read each other in a circle', () => {
    const circle = parse('entity e(k: string)\nfeature a of e = b + 1\nfeature b of e = a + 1')
    expect(
      buildGraph(circle, null)
        .nodes.map((one) => one.name)
        .sort(),
    ).toEqual(['a', 'b'])
  })

  test('keeps drawing the rest of a file with errors', () => {
    const broken = parse(
      sampleText.replace('let port   = one_hot(origin, max: 50)', 'let port   = one_hot(origin, max:'),
    )
    const names = buildGraph(broken, 'late_departure').nodes.map((one) => one.name)
    expect(names).toEqual(expect.arrayContaining(['flights', 'distance', 'far']))
  })
})

describe('names of a file', () => {
  test('tell a declaration from its references', () => {
    const at = sampleText.indexOf('airport_delay_3h by destination')
    const found = nameAt(nameTable(document), at + 3)
    expect(found?.named.id).toBe('feature:airport_delay_3h')
    expect(found?.named.places.map(({ span }) => sampleText.slice(span.start, span.end))).toEqual(
      Array(3).fill('airport_delay_3h'),
    )
  })
})

describe('the place of the cursor', () => {
  test('finds the innermost statement, also where a feature is only used', () => {
    const at = (words: string) => nodeAtOffset(graph, sampleText.indexOf(words) + 2)?.name
    expect(at('lag 15m')).toBe('airport_delay_3h')
    expect(at('use busy by')).toBe('busy')
    expect(at('one_hot(origin')).toBe('port')
    expect(at('namespace flights')).toBeUndefined()
  })
})

test('a model may use what another file declares, and its nodes say so', () => {
  const there = parse(sampleText.slice(0, sampleText.indexOf('model late_departure')))
  const here = parse(`namespace flights\n\n${sampleText.slice(sampleText.indexOf('model late_departure'))}`)
  const split = buildGraph(here, 'late_departure', { others: [{ file: 'features.proml', document: there }] })
  expect(split.nodes.map(({ name }) => name).sort()).toEqual(graph.nodes.map(({ name }) => name).sort())
  expect(split.nodes.filter(({ file }) => file === 'features.proml').map(({ name }) => name)).toEqual(
    expect.arrayContaining(['flights', 'airport_delay_3h', 'busy']),
  )
  expect(split.nodes.find(({ name }) => name === 'airport_delay_3h')?.detail).toBe('mean(delay) · 3h lag 15m')
})

test('a use without `by` reads the column where the file has one of that name', () => {
  const text = 'source s = csv("s.csv")\nfeature a = b + 1 from s\nmodel m {\n  observe s\n  use a\n}'
  const kind = (columns: string[]) =>
    buildGraph(parse(text), 'm', { columns: new Map([['s', new Set(columns)]]) }).nodes.map((one) => one.id)
  expect(kind(['b'])).toContain('feature:a')
  expect(kind(['a', 'b'])).toContain('use:m/a')
})
