import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildGraph, modelNames } from '@shared/graph/build'
import { layoutGraph } from '@shared/graph/layout'
import { nameTable } from '@shared/graph/names'
import { checkProgram, modelsOf } from '@shared/language/check/check'
import { format } from '@shared/language/format/format'
import { actionsFor } from '@shared/language/server/actions'
import { completions } from '@shared/language/server/completion'
import { featureSetCache } from '@shared/language/server/featureSets'
import { foldingOf } from '@shared/language/server/folding'
import { hoverAt } from '@shared/language/server/hover'
import { inlayHints } from '@shared/language/server/inlay'
import { lensesOf } from '@shared/language/server/lens'
import { lineageAt, nodeOf, readBy, readersOf } from '@shared/language/server/lineage'
import { referencesAt, renameAt } from '@shared/language/server/navigation'
import { programShelf } from '@shared/language/server/programs'
import { selectionAt } from '@shared/language/server/selection'
import { semanticTokens } from '@shared/language/server/semanticTokens'
import { signatureAt } from '@shared/language/server/signature'
import { columnStatistics } from '@shared/language/server/statistics'
import { symbolsOf } from '@shared/language/server/symbols'
import { openWorkspace } from '@shared/language/server/workspace'
import { parse } from '@shared/language/syntax/parser'
import { planModel } from '@shared/plan/build'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { createLanguageService } from '../../electron/services/language/language'
import { projectRoot, testContext } from '../support/context'
import { nearPrograms, programs } from './programs'
import { seed } from './seed'
import { library, modelOf, schemas } from './support'

/** Everything that a text goes through in the studio, as far as it gets. */
const useEverywhere = (text: string, offset: number): readonly string[] => {
  const files = [
    { path: 'a.proml', text },
    { path: 'features/library.proml', text: library },
  ]
  const program = checkProgram(files, schemas)
  for (const { file, declaration } of modelsOf(program)) planModel(program, file, declaration.name.text)
  const formatted = format(text)
  if (formatted !== text) expect(format(formatted)).toBe(formatted)
  const document = parse(text)
  nameTable(document)
  for (const model of [null, ...modelNames(document).slice(0, 3)]) layoutGraph(buildGraph(document, model))
  askAnything(text, text.length === 0 ? 0 : offset % text.length)
  for (const { span, line, column } of program.diagnostics.filter(({ file }) => file === 'a.proml')) {
    expect(0 <= span.start && span.start <= span.end && span.end <= text.length).toBe(true)
    expect(line >= 1 && column >= 1).toBe(true)
  }
  return program.diagnostics.filter(({ file }) => file === 'a.proml').map(({ code }) => code)
}

/** What an editor may ask about any place of any text. */
const askAnything = (text: string, at: number): void => {
  const document = TextDocument.create('file:///a.proml', 'proml', 1, text)
  const workspace = openWorkspace({
    open: () => [document],
    programs: programShelf(undefined),
    schemas: { known: schemas, revision: () => 0, load: async () => false, refresh: async () => {} },
    featureSets: featureSetCache(undefined),
    rootUri: () => 'file:///',
  })
  const snapshot = workspace.now()
  const analysis = snapshot.analysis('a.proml')
  if (!analysis) throw new Error('the text is not in its workspace')
  completions(analysis, at)
  signatureAt(analysis, at)
  symbolsOf(analysis, document)
  foldingOf(analysis.document, document)
  selectionAt(analysis.document, document, at)
  semanticTokens(analysis)
  inlayHints(analysis, { start: 0, end: text.length }, { types: true, parameters: true })
  lensesOf(snapshot, analysis)
  referencesAt(snapshot, analysis, at, true)
  renameAt(snapshot, analysis, at, 'another')
  actionsFor(snapshot, analysis, { start: at, end: at }, { diagnostics: [] })
  for (const item of lineageAt(snapshot, analysis, at)) {
    const node = nodeOf(analysis, item)
    if (node) readersOf(snapshot, node)
    if (node) readBy(snapshot, node)
  }
  // Without statistics it waits for nothing; a fault is one of the test all the same.
  void hoverAt(snapshot, analysis, at, columnStatistics(undefined))
}

const runs = process.env.PROML_LONG ? 20_000 : 600
const box = { seed, numRuns: runs, interruptAfterTimeLimit: process.env.PROML_LONG ? 600_000 : 30_000 }

describe(`any text (seed ${seed}, up to ${runs} of each kind)`, () => {
  it('near a program goes through everything without a fault', () => {
    fc.assert(
      fc.property(nearPrograms, fc.nat(), (text, offset) => void useEverywhere(text, offset)),
      box,
    )
  })

  it('of two programs grown together goes through everything without a fault', () => {
    const crossed = fc.tuple(programs, programs, fc.nat(), fc.nat()).map(([a, b, i, j]) => {
      return a.slice(0, i % (a.length + 1)) + b.slice(j % (b.length + 1))
    })
    fc.assert(
      fc.property(crossed, fc.nat(), (text, offset) => void useEverywhere(text, offset)),
      box,
    )
  })

  it('of anything at all goes through everything without a fault', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.nat(),
        (text, offset) => void useEverywhere(text, offset),
      ),
      box,
    )
  })
})

const deep = 10_000
const nested = (open: string, inner: string, close: string): string => open.repeat(deep) + inner + close.repeat(deep)

/** Texts that are broken in ways that broke other languages. Each must be told, in bounded time. */
const corpus: Readonly<Record<string, string>> = {
  'ten thousand parentheses': `feature x = ${nested('(', '1', ')')}`,
  'ten thousand parentheses that never close': `feature x = ${'('.repeat(deep)}`,
  'ten thousand calls in each other': `feature x = ${nested('abs(', '1', ')')} from flights`,
  'ten thousand lists': `model m { let a = f(${nested('[', '1', ']')}) }`,
  'ten thousand conditions': `feature x = ${'if a then b else '.repeat(deep)}c`,
  'ten thousand signs': `feature x = ${'-'.repeat(deep)}1`,
  'ten thousand negations': `feature x = ${'not '.repeat(deep)}a`,
  'a sum of a hundred thousand': `feature x = ${'1 + '.repeat(100_000)}1`,
  'ten thousand comments opened': '/*'.repeat(deep),
  'ten thousand models opened': 'model m {\n'.repeat(deep),
  'a NUL byte': modelOf('  use distance\0'),
  'nothing but NUL bytes': '\0'.repeat(deep),
  'half a character': modelOf('  use \uD83D distance'),
  'a name of a million letters': `feature ${'a'.repeat(1_000_000)} = `,
  'a text of a million letters that never closes': `feature x = "${'a'.repeat(1_000_000)}`,
  'a number too large': `feature x: int = ${'9'.repeat(400)}x`,
  'a thousand features in one circle': Array.from(
    { length: 1000 },
    (_, index) => `feature f${index}: float of airport = f${(index + 1) % 1000} + 1`,
  ).join('\n'),
  'line separators that are none': modelOf('  use distance\u2028  use \u2029origin \u0085'),
  'a file that imports itself under every name': 'import a as b, b as a from "a.proml"\nfeature a = b\nfeature b = a',
  'a source that leaves the workspace': 'source s = parquet("../../../../etc/passwd")',
  'a merge that was never finished': `<<<<<<< HEAD\n${modelOf('')}\n=======\n>>>>>>> branch`,
}

describe('a hostile text', () => {
  for (const [what, text] of Object.entries(corpus))
    it(`is told: ${what}`, () => {
      expect(useEverywhere(text, text.length >> 1).length).toBeGreaterThan(0)
    })

  it('of a chain of ten thousand features is no mistake', () => {
    const chain = Array.from(
      { length: deep },
      (_, index) => `feature f${index}: float of airport = ${index === 0 ? '1.5' : `f${index - 1} + 1`}`,
    )
    expect(parse(`entity airport(code: string)\n${chain.join('\n')}`).errors).toEqual([])
    expect(useEverywhere(`entity airport(code: string)\n${chain.join('\n')}`, 5000)).toEqual([])
  })
})

describe('a hostile file', () => {
  const context = testContext({ sample: 'flights' })
  const at = (name: string) => join(context.workspace.root, name)
  beforeAll(() => {
    const program = Buffer.from('feature größe = "€€€"')
    writeFileSync(at('cut.proml'), program.subarray(0, program.length - 2))
    writeFileSync(at('latin.proml'), Buffer.from([...Buffer.from('feature gr'), 0xf6, 0xdf, ...Buffer.from('e = 1')]))
    writeFileSync(at('huge.proml'), Buffer.alloc(50_000_000, 'x '))
    writeFileSync(at('binary.proml'), Buffer.from([0x50, 0x41, 0x52, 0x31, 0, 0, 0, 0xff, 0xfe, 0x00]))
    mkdirSync(at('folder.proml'))
    writeFileSync(at('locked.proml'), 'feature x = 1')
    chmodSync(at('locked.proml'), 0o000)
  })
  afterAll(() => {
    chmodSync(at('locked.proml'), 0o600)
    context.remove()
  })

  it('is told under its own name, and the sample beside it is checked as ever', async () => {
    const service = createLanguageService(context, () => {}, {
      data: {
        schemaOf: async (path) => {
          const schema = schemas.get(path)
          if (!schema || 'failed' in schema) throw new Error('not there')
          return schema
        },
      },
    })
    const { diagnostics } = await service.handlers.check({}, { signal: new AbortController().signal })
    const told = (file: string) => [
      ...new Set(diagnostics.filter((each) => each.file === file).map(({ code }) => code)),
    ]
    expect(told('huge.proml')).toEqual(['PML1010'])
    for (const name of ['cut.proml', 'latin.proml', 'binary.proml']) expect(told(name), name).not.toEqual([])
    expect(told('flights.proml')).toEqual([])
    // Root may read everything.
    if (process.getuid?.() !== 0) expect(told('locked.proml')).toEqual(['PML1011'])
    await service.dispose()
  })

  it('is told on the command line as well, which ends with its number and no trace', () => {
    const result = (() => {
      try {
        execFileSync(
          process.execPath,
          [join(projectRoot, 'out/main/cli.js'), 'check', 'cut.proml', 'huge.proml', 'binary.proml'],
          {
            cwd: context.workspace.root,
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'pipe'],
          },
        )
        return { status: 0, text: '' }
      } catch (error) {
        const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
        return { status, text: stdout + stderr }
      }
    })()
    expect(result.status).toBeGreaterThan(0)
    expect(result.text).toContain('huge.proml:1:1 error PML1010')
    expect(result.text).not.toMatch(/\n\s+at /)
  })
})
