import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyEdit, type NotebookEdit, newCell } from '@shared/notebook/edits'
import { parseJson, printJson } from '@shared/notebook/json'
import { parseNotebook, printNotebook, splitLines } from '@shared/notebook/notebook'
import { collapseOverwrites, fromFileOutputs, toFileOutputs } from '@shared/notebook/outputs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { managedPython } from '../../electron/services/python/managed'
import { projectRoot, testHome } from '../support/context'

const seed = Number(process.env.PROML_SEED ?? 20261123)
const check = <T>(property: fc.IProperty<T>, numRuns = 200): void => fc.assert(property, { seed, numRuns })

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom('a\n', 'ü\r\n', '😀', '\n', '\u2028', '\t"x"\\')).map((parts) => parts.join('')),
)
const json: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 2 })
const metadata = fc.dictionary(fc.string({ maxLength: 6 }), json, { maxKeys: 3 })
const bundle = fc.record(
  { 'text/plain': text, 'image/png': fc.base64String(), 'application/json': json },
  { requiredKeys: [] },
)
const output = fc.oneof(
  fc.record({ output_type: fc.constant('stream'), name: fc.constantFrom('stdout', 'stderr'), text }),
  fc.record({ output_type: fc.constant('display_data'), data: bundle, metadata }),
  fc.record({ output_type: fc.constant('execute_result'), data: bundle, metadata, execution_count: fc.nat() }),
  fc.record({ output_type: fc.constant('error'), ename: text, evalue: text, traceback: fc.array(text) }),
)
const cell = fc.oneof(
  fc.record({
    cell_type: fc.constant('code'),
    source: text,
    metadata,
    outputs: fc.array(output, { maxLength: 3 }),
    execution_count: fc.option(fc.nat()),
  }),
  fc.record({
    cell_type: fc.constantFrom('markdown', 'raw'),
    source: text,
    metadata,
    attachments: fc.constant({ 'a.png': { 'image/png': 'AA==' } }),
  }),
)
const notebook = fc
  .record({
    cells: fc.array(cell, { maxLength: 5 }),
    metadata,
    nbformat: fc.constant(4),
    nbformat_minor: fc.constant(5),
    extra: json,
  })
  .map((value) => ({ ...value, cells: value.cells.map((each, index) => ({ ...each, id: `c${index}` })) }))
const document = notebook.map((value) => parseNotebook(JSON.stringify(value)))

describe('a notebook file', () => {
  it('is printed as it was read, when it was in nbformat’s own form', () => {
    check(
      fc.property(document, (parsed) => {
        const printed = printNotebook(parsed)
        expect(printNotebook(parseNotebook(printed))).toBe(printed)
        expect(parseNotebook(printed)).toEqual(parsed)
      }),
    )
  })

  const { python } = managedPython({ home: testHome(), resources: join(projectRoot, 'resources') })
  it.skipIf(!existsSync(python))('is printed byte for byte as Python’s nbformat prints it', () => {
    const samples = fc.sample(notebook, { seed, numRuns: 60 }).map((value) => JSON.stringify(value))
    const script =
      'import sys, json, nbformat\nfor line in sys.stdin:\n  n = nbformat.v4.reads(json.loads(line))\n  print(json.dumps(nbformat.v4.writes(n)))'
    const input = samples.map((sample) => JSON.stringify(sample)).join('\n')
    const theirs = execFileSync(python, ['-c', script], { input, encoding: 'utf8' }).trimEnd().split('\n')
    theirs.forEach((line, index) => {
      const printed: string = `${JSON.parse(line)}\n`
      expect(printNotebook(parseNotebook(printed))).toBe(printed)
      // JavaScript and Python spell some numbers differently; apart from those, ours is what theirs is.
      const respelled = (text: string) => text.replace(/-?\d[\d.]*(?:e[+-]?\d+)?/g, (number) => String(Number(number)))
      expect(respelled(printNotebook(parseNotebook(samples[index] ?? '')))).toBe(respelled(printed))
    })
  })

  it('keeps unknown keys, number spellings and keys in Python’s order', () => {
    const source =
      '{"cells":[{"cell_type":"code","id":"a","execution_count":1,"metadata":{"10":1.0,"9":1e-07,"b":12345678901234567890},"outputs":[],"source":[],"vendor":{"x":[]}}],"future":true,"metadata":{},"nbformat":4,"nbformat_minor":5}'
    const printed = printNotebook(parseNotebook(source))
    expect(printed).toContain('"10": 1.0,\n    "9": 1e-07,\n    "b": 12345678901234567890')
    expect(printed).toContain('"vendor": {\n    "x": []')
    expect(printed).toContain('"future": true')
  })

  it('keeps cells without ids in a 4.4 file free of ids, and opens a file in which two cells share one', () => {
    const old = parseNotebook(
      '{"cells":[{"cell_type":"markdown","metadata":{},"source":"x"}],"metadata":{},"nbformat":4,"nbformat_minor":4}',
    )
    expect(printNotebook(old)).not.toContain('"id"')
    const twice = parseNotebook(
      '{"cells":[{"cell_type":"raw","id":"a","metadata":{},"source":""},{"cell_type":"raw","id":"a","metadata":{},"source":""}],"metadata":{},"nbformat":4,"nbformat_minor":5}',
    )
    expect(twice.cells.map((each) => each.key)).toEqual(['a', 'a-2'])
  })

  it('says what is wrong with a text that is no notebook', () => {
    expect(() => parseNotebook('<<<<<<< HEAD')).toThrow('This notebook is not valid JSON.')
    expect(() => parseNotebook('[1]')).toThrow('This file holds no notebook.')
    expect(() => parseNotebook('{"cells":[],"nbformat":5}')).toThrow('format 5')
    expect(() => parseNotebook('{"cells":[3],"nbformat":4}')).toThrow('Cell 1 of the notebook is not an object.')
    expect(parseNotebook('').cells).toEqual([])
  })

  it('splits lines where Python does', () => {
    expect(splitLines('a\r\nb\rc\u2028d\n\ne')).toEqual(['a\r\n', 'b\r', 'c\u2028', 'd\n', '\n', 'e'])
    expect(splitLines('')).toEqual([])
  })

  it('of the sample has no outputs and is in nbformat’s own form', () => {
    const path = join(projectRoot, 'resources/samples/flights/explore.ipynb')
    const sample = readFileSync(path, 'utf8')
    const parsed = parseNotebook(sample)
    expect(printNotebook(parsed)).toBe(sample)
    expect(parsed.cells.filter((each) => each.outputs.length > 0 || each.executionCount !== null)).toEqual([])
  })
})

describe('an edit of a notebook', () => {
  const edit = (keys: readonly string[]): fc.Arbitrary<NotebookEdit> => {
    const key = fc.constantFrom(...keys, 'no-such-cell')
    return fc.oneof(
      fc.record({
        kind: fc.constant('insert' as const),
        index: fc.nat(8),
        cell: fc.nat().map((number) => newCell(`new-${number}`, 'code', 'x')),
      }),
      fc.record({ kind: fc.constant('delete' as const), key }),
      fc.record({ kind: fc.constant('move' as const), key, to: fc.nat(8) }),
      fc.record({
        kind: fc.constant('changeKind' as const),
        key,
        to: fc.constantFrom('code' as const, 'markdown' as const),
      }),
      fc.record({ kind: fc.constant('setSource' as const), key, source: text }),
      fc.record({
        kind: fc.constant('setOutputs' as const),
        key,
        outputs: fc.constant([]),
        executionCount: fc.constant(7),
      }),
    )
  }

  it('is undone by its inverse, and done again by the inverse of that', () => {
    check(
      fc.property(
        document.chain((before) => fc.tuple(fc.constant(before), edit(before.cells.map((each) => each.key)))),
        ([before, change]) => {
          const done = applyEdit(before, change)
          if (!done) return
          const undone = applyEdit(done.document, done.inverse)
          expect(undone?.document).toEqual(before)
          expect(undone && applyEdit(undone.document, undone.inverse)?.document).toEqual(done.document)
          const keys = done.document.cells.map((each) => each.key)
          expect(new Set(keys).size).toBe(keys.length)
          if (done.focus !== null) expect(keys).toContain(done.focus)
        },
      ),
    )
  })
})

describe('outputs', () => {
  it('survive the way into a file and back', () => {
    const outputs = fromFileOutputs([{ output_type: 'stream', name: 'stdout', text: 'a' }, { output_type: 'alien' }])
    expect(outputs[1]).toMatchObject({ output_type: 'stream', name: 'stderr' })
    expect(fromFileOutputs(toFileOutputs(outputs))).toEqual(outputs)
  })

  it('show a progress bar as a terminal would', () => {
    expect(collapseOverwrites('10 %\r50 %\r100 %\ndone\n')).toBe('100 %\ndone\n')
    expect(collapseOverwrites('long line\rab')).toBe('abng line')
    expect(collapseOverwrites('abc\b\bX\r\n')).toBe('aX\n')
  })
})

describe('lossless JSON', () => {
  it('prints what it read in the same bytes', () => {
    check(
      fc.property(json, (value) => {
        const printed = printJson(parseJson(JSON.stringify(value)))
        expect(printJson(parseJson(printed))).toBe(printed)
        expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
