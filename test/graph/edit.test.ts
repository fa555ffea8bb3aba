import { buildGraph } from '@shared/graph/build'
import { applyGraphEdit, applyTextEdits, invertTextEdits, renameName } from '@shared/graph/edit'
import type { GraphEdit } from '@shared/graph/graph'
import { parse } from '@shared/language/syntax/parser'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleText } from './sample'

const document = parse(sampleText)
const graph = buildGraph(document, 'late_departure')
const seed = process.env.PROML_SEED ? Number(process.env.PROML_SEED) : 20_260_101

const edited = (edit: GraphEdit, text = sampleText): string => {
  const result = applyGraphEdit(parse(text), edit)
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return applyTextEdits(text, result.edits)
}
const refusal = (edit: GraphEdit): string | null => {
  const result = applyGraphEdit(document, edit)
  return result.ok ? null : result.error.code
}
const idOf = (name: string) => graph.nodes.find((node) => node.name === name)?.id ?? ''

describe('renaming a node', () => {
  test('changes every place that means it and no other', () => {
    const after = edited({ kind: 'rename', node: 'feature:airport_delay_3h', name: 'delay_at' })
    expect(after).toBe(sampleText.replaceAll('airport_delay_3h', 'delay_at'))
  })

  test('leaves the column alone when a use was called like it', () => {
    const after = edited({ kind: 'rename', node: idOf('distance'), name: 'miles' })
    expect(after).toContain('use miles = distance\n')
    expect(after).toContain('standardize(log1p(miles))')
    expect(after).toContain('boosted_trees(miles, hour')
    expect(after).toContain('observe flights where distance > 0')
    expect(edited({ kind: 'rename', node: 'use:late_departure/miles', name: 'distance' }, after)).toBe(sampleText)
  })

  test('carries a feature’s new name into the models that use it by its own', () => {
    const after = edited({ kind: 'rename', node: idOf('busy'), name: 'crowded' })
    expect(after).toContain('feature crowded: bool')
    expect(after).toContain('use crowded by origin')
    expect(after).toContain('to_delay, crowded, route_delay_7d')
  })

  test('does not touch a function of the same name', () => {
    const after = edited({ kind: 'rename', node: idOf('hour'), name: 'clock' })
    expect(after).toContain('use clock       = hour(date)')
    expect(after).toContain('cyclic(clock, 24)')
  })

  test('refuses a name that is taken, no name at all, and a word of the language', () => {
    expect(refusal({ kind: 'rename', node: idOf('far'), name: 'when' })).toBe('already_exists')
    expect(refusal({ kind: 'rename', node: idOf('far'), name: 'busy' })).toBe('already_exists')
    expect(refusal({ kind: 'rename', node: idOf('busy'), name: 'gbt' })).toBe('already_exists')
    expect(refusal({ kind: 'rename', node: idOf('far'), name: 'two words' })).toBe('invalid_input')
    expect(refusal({ kind: 'rename', node: idOf('far'), name: '7up' })).toBe('invalid_input')
    expect(refusal({ kind: 'rename', node: idOf('far'), name: 'let' })).toBe('invalid_input')
    expect(refusal({ kind: 'rename', node: 'let:late_departure/gone', name: 'here' })).toBe('not_found')
  })

  test('renames a model and an entity too', () => {
    const renamed = renameName(document, 'entity:airport', 'field')
    expect(renamed.ok && applyTextEdits(sampleText, renamed.edits)).toBe(
      sampleText.replace('entity airport(', 'entity field(').replaceAll('of airport', 'of field'),
    )
    expect(renameName(document, 'model:late_departure', 'late_take_off').ok).toBe(true)
  })
})

describe('changing a parameter', () => {
  test('replaces exactly what was written and keeps comments', () => {
    expect(edited({ kind: 'parameter', node: idOf('airport_delay_3h'), parameter: 'over', text: '6h' })).toBe(
      sampleText.replace('over 3h lag', 'over 6h lag'),
    )
    expect(edited({ kind: 'parameter', node: idOf('gbt'), parameter: 'depth', text: '5' })).toBe(
      sampleText.replace('tune(3..8)', '5'),
    )
  })

  test('refuses what would say something else as well', () => {
    const over = { kind: 'parameter', node: idOf('airport_delay_3h'), parameter: 'over' } as const
    for (const text of ['', 'soon', '3h lag 1h', '3h // late', '3h\nfeature x = 1', '3h\n}\nmodel m {'])
      expect([text, refusal({ ...over, text })]).toEqual([text, 'invalid_input'])
    expect(refusal({ kind: 'parameter', node: idOf('port'), parameter: 'max', text: '50), y = (1' })).toBe(
      'invalid_input',
    )
    expect(refusal({ kind: 'parameter', node: idOf('port'), parameter: 'none', text: '1' })).toBe('not_found')
  })
})

describe('text and graph are one', () => {
  const nodes = fc.constantFrom(...graph.nodes)
  const names = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)

  test('a renamed node is the same graph under another name, and undoing restores every byte', () => {
    fc.assert(
      fc.property(nodes, names, (node, name) => {
        const result = applyGraphEdit(document, { kind: 'rename', node: node.id, name })
        fc.pre(result.ok)
        if (!result.ok) return
        const text = applyTextEdits(sampleText, result.edits)
        const after = buildGraph(parse(text), 'late_departure')
        const expected = graph.nodes.map((one) => (one.id === node.id ? name : one.name)).sort()
        expect(after.nodes.map((one) => one.name).sort()).toEqual(expected)
        expect(after.edges).toHaveLength(graph.edges.length)
        expect(applyTextEdits(text, invertTextEdits(sampleText, result.edits))).toBe(sampleText)
        expect(
          edited({ kind: 'rename', node: `${node.id.slice(0, -node.name.length)}${name}`, name: node.name }, text),
        ).toBe(sampleText)
      }),
      { seed, numRuns: 300 },
    )
  })

  const parameters = fc.constantFrom(
    ...graph.nodes.flatMap((node) => node.parameters.map((parameter) => ({ node, parameter }))),
  )
  const texts = fc.oneof(
    fc.integer({ min: 0, max: 999 }).map(String),
    fc.tuple(fc.integer({ min: 1, max: 90 }), fc.constantFrom('m', 'h', 'd', 'w')).map((parts) => parts.join('')),
    fc.constantFrom('tune(1..9)', '"min"', 'true', 'distance > 5', 'sum', '1 +', ')', '0.5', '// x', '[1, 2]'),
    fc.string({ maxLength: 6 }),
  )

  test('an accepted change shows in that parameter alone, and undoing restores every byte', () => {
    fc.assert(
      fc.property(parameters, texts, ({ node, parameter }, text) => {
        const result = applyGraphEdit(document, { kind: 'parameter', node: node.id, parameter: parameter.name, text })
        if (!result.ok) {
          expect(result.error.code).toBe('invalid_input')
          return
        }
        const next = applyTextEdits(sampleText, result.edits)
        const after = buildGraph(parse(next), 'late_departure')
        const written = (one: typeof graph) => one.nodes.map((each) => each.parameters.map((p) => p.text))
        const index = node.parameters.indexOf(parameter)
        expect(written(after)).toEqual(
          graph.nodes.map((each) =>
            each.parameters.map((p, at) => (each.id === node.id && at === index ? text : p.text)),
          ),
        )
        expect(parse(next).comments).toHaveLength(document.comments.length)
        expect(applyTextEdits(next, invertTextEdits(sampleText, result.edits))).toBe(sampleText)
      }),
      { seed, numRuns: 500 },
    )
  })
})
