import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { columnPlaces } from '@shared/graph/columns'
import { nameTable } from '@shared/graph/names'
import { callableNames, operators } from '@shared/language/operators/table'
import { lex, type Token } from '@shared/language/syntax/lexer'
import { parse } from '@shared/language/syntax/parser'
import { reservedWords, type WordPlace, words } from '@shared/language/words'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { functionNames, typeNames } from '../../resources/ide/generate/tables'
import { textMateGrammar } from '../../resources/ide/generate/textMate'
import { vimSyntax } from '../../resources/ide/generate/vim'
import { seed } from '../language/seed'
import { projectRoot } from '../support/context'
import { type Scopes, startTextMate } from './textMate'

let engine: Awaited<ReturnType<typeof startTextMate>>
beforeAll(async () => {
  engine = await startTextMate(textMateGrammar())
})

const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(join(projectRoot, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))

/** Every program that the repository shows to people. */
const shownPrograms = (): { readonly from: string; readonly text: string }[] => [
  ...filesBelow('resources/samples', '.proml').map((path) => ({
    from: relative(projectRoot, path),
    text: readFileSync(path, 'utf8'),
  })),
  ...[...filesBelow('docs', '.md'), join(projectRoot, 'README.md')].flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/```proml\n([\s\S]*?)```/g)].map((match, index) => ({
      from: `${relative(projectRoot, path)}, program ${index + 1}`,
      text: match[1] ?? '',
    })),
  ),
]

const literalKinds = ['duration', 'size', 'number', 'string', 'documentation', 'line', 'block'] as const
type LiteralKind = (typeof literalKinds)[number]

/** Which literal or comment a character is in, by its scopes. */
const literalOf = (scopes: string): LiteralKind | null => {
  if (scopes.includes('comment.line.documentation')) return 'documentation'
  if (scopes.includes('comment.line')) return 'line'
  if (scopes.includes('comment.block')) return 'block'
  if (scopes.includes('string.quoted')) return 'string'
  if (scopes.includes('constant.numeric.duration')) return 'duration'
  if (scopes.includes('constant.numeric.size')) return 'size'
  return /constant\.numeric|invalid\.illegal\.unit/.test(scopes) ? 'number' : null
}

const isLiteral = (kind: string): kind is LiteralKind => literalKinds.some((each) => each === kind)

/** The same by the lexer, for every character of the text. */
const literalsByLexer = (text: string): (LiteralKind | null)[] => {
  const kinds: (LiteralKind | null)[] = Array.from({ length: text.length }, () => null)
  const { tokens, comments } = lex(text)
  for (const { kind, span } of comments) kinds.fill(kind, span.start, span.end)
  for (const { kind, start, end } of tokens) if (isLiteral(kind)) kinds.fill(kind, start, end)
  return kinds
}

const literalsByGrammar = (text: string): (LiteralKind | null)[] => {
  const scopes = engine.scopesOf(text)
  return Array.from({ length: text.length }, (_, at) => literalOf(scopes(at)))
}

/** A line break belongs to nothing in a grammar that reads lines. */
const withoutBreaks = (text: string, kinds: readonly (LiteralKind | null)[]) =>
  kinds.map((kind, at) => (text[at] === '\n' ? null : kind))

const scopeOfToken = (scopes: Scopes, token: Pick<Token, 'start' | 'end'>): string => {
  const all = Array.from({ length: token.end - token.start }, (_, index) => scopes(token.start + index))
  return new Set(all).size === 1 ? (all[0] ?? '') : `torn: ${[...new Set(all)].join(' | ')}`
}

/** The scopes of what stands between « and ». */
const scopeAt = (marked: string): string => {
  const start = marked.indexOf('«')
  const end = marked.indexOf('»') - 1
  return scopeOfToken(engine.scopesOf(marked.replace(/[«»]/g, '')), { start, end })
}

const isKeyword = (scopes: string): boolean =>
  /keyword\.(?:declaration|other|control|operator\.word)|constant\.language/.test(scopes)

/** Write them anew with `npx vitest run test/ide/grammar -u`. */
it.each([
  ['proml.tmLanguage.json', textMateGrammar()],
  ['intellij/textmate/proml.tmLanguage.json', textMateGrammar()],
  ['neovim/syntax/proml.vim', vimSyntax()],
])('%s is as the language’s tables make it', async (path, content) => {
  await expect(content).toMatchFileSnapshot(`../../resources/ide/${path}`)
})

describe('the TextMate grammar', () => {
  it('has only patterns that VS Code’s engine reads', () => {
    engine.scopesOf(shownPrograms()[0]?.text ?? '')
    expect(engine.problems).toEqual([])
  })

  it('sees literals and comments of every program that we show exactly as the lexer does', () => {
    const programs = shownPrograms()
    expect(programs.length).toBeGreaterThanOrEqual(3)
    for (const { from, text } of programs)
      expect(literalsByGrammar(text), from).toEqual(withoutBreaks(text, literalsByLexer(text)))
  })

  it('sees them as the lexer does in any text', () => {
    const piece = fc.oneof(
      fc.constantFrom(...words.map(({ word }) => word), ...functionNames, 'x', 'π', 'e5', 'a1', 'k²', '_'),
      fc.constantFrom('1', '0.5', '1e-5', '1.', '3h', '15m', '20MB', '1KB', '7q', '5ms2', '70/15/15', '3..8', '٣'),
      fc.constantFrom('"', '`', '\\', '\\"', '//', '///', '////', '/*', '*/', '`a b`', '"text"', '/', '*'),
      fc.constantFrom(...'(){}[],:=<>.'.split(''), '!=', ' ', ' ', '  ', '\n', '\n', '\n  '),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('')
        expect(literalsByGrammar(text)).toEqual(withoutBreaks(text, literalsByLexer(text)))
      }),
      { seed, numRuns: 2000 },
    )
  })

  it('colours no name as a word, and every reserved word as one', () => {
    for (const { from, text } of shownPrograms()) {
      const document = parse(text)
      const nameStarts = new Set(
        [...nameTable(document).names.flatMap(({ places }) => places), ...columnPlaces(document)].map(
          ({ span }) => span.start,
        ),
      )
      const scopes = engine.scopesOf(text)
      const wrong = lex(text)
        .tokens.filter(
          (token) => token.kind === 'name' && (nameStarts.has(token.start) || reservedWords.has(token.text)),
        )
        .filter((token) => {
          const isName = token.isQuoted || nameStarts.has(token.start)
          return isKeyword(scopeOfToken(scopes, token)) === isName
        })
        .map(({ raw, start }) => `${raw} at ${start}: ${scopes(start)}`)
      expect(wrong, from).toEqual([])
    }
  })

  /** A place where the word may stand. */
  const where: Readonly<Record<WordPlace, (word: string) => string>> = {
    file: (word) => `«${word}» x`,
    source: (word) => `source s = csv("s.csv") { «${word}» x }`,
    feature: (word) => `feature f: float of e\n  = mean(x) from s by y\n  «${word}» z`,
    model: (word) => `model m {\n  «${word}» x\n}`,
    expression: (word) => `model m {\n  use x = a «${word}» b\n}`,
    train: (word) => `model m {\n  train { seed 7  «${word}» x }\n}`,
    validate: (word) => `model m {\n  validate {\n    «${word}» <= 1\n  }\n}`,
    health: (word) => `model m {\n  health\n  { «${word}» x }\n}`,
  }

  it('colours every word of the language where it may stand', () => {
    const plain = words.filter(({ word, place }) => !isKeyword(scopeAt(where[place](word))))
    expect(plain).toEqual([])
  })

  it('colours every function as a call, and every sign as an operator', () => {
    const calls = [
      ...callableNames('feature').map((name) => `feature f = «${name}»(x) from s`),
      ...callableNames('model').map((name) => `model m {\n  let x = «${name}»(x)\n}`),
    ]
    expect(calls.filter((text) => !/support\.function|keyword\.control/.test(scopeAt(text)))).toEqual([])
    const signs = operators
      .filter(({ name, isSymbol }) => isSymbol && name !== 'neg')
      .map(({ name }) => `model m { use x = a «${name}» b }`)
    expect(signs.filter((text) => !scopeAt(text).includes('keyword.operator'))).toEqual([])
    expect(typeNames.filter((type) => !scopeAt(`feature f: «${type}» of e = x`).includes('support.type'))).toEqual([])
    expect(typeNames.filter((type) => !scopeAt(`entity e(k: «${type}»)`).includes('support.type'))).toEqual([])
  })

  it.each([
    ['source «time» = csv("a.csv")', 'entity.name.namespace'],
    ['source s = «parquet»("a.parquet")', 'support.function.reader'],
    ['source s = csv("a") { time «unit»  row («time», y) }', 'variable.other'],
    ['source s = csv("a") {\n  time t\n}\n«entity» e(k: string)', 'keyword.declaration'],
    ['source s = csv("a") { time t\n«entity» e(k: string)', 'keyword.declaration'],
    ['entity «route»(a: string)', 'entity.name.type'],
    ['entity route(«date»: string)', 'variable.parameter'],
    ['feature «f»: float', 'entity.name.function'],
    ['feature f = mean(«unit») from s', 'variable.other'],
    ['feature f = mean(x) from s by (a, «rows») over 3h', 'variable.other'],
    ['feature f = mean(x) from s over «20» rows', 'constant.numeric'],
    ['feature f = mean(x from s\nfeature «g» = 1', 'entity.name.function'],
    ['feature `«a b»` = x', 'entity.name.function'],
    ['feature f = «`over`»', 'variable.other.quoted'],
    ['model m { use «seed» = x }', 'variable.other.definition'],
    ['model m { let x = one_hot(x, «max»: 50) }', 'variable.parameter'],
    ['model m { use x = hour(«time») }', 'variable.other'],
    ['model m { use x = concat(«cyclic») }', 'variable.other'],
    ['model m { train { split «time» 70/15/15 } }', 'support.constant'],
    ['model m { validate { latency «p99» <= 5ms } }', 'support.constant'],
    ['model m { validate { latency p99 <= 5«ms» } }', 'keyword.other.unit'],
    ['model m { use x = "a«\\n»b" }', 'constant.character.escape'],
    ['model m { use x = «7q» }', 'invalid.illegal.unit'],
    ['model m { let x = f(tune(3«..»8)) }', 'keyword.operator.range'],
    ['model m { use x = a «=» b }', 'keyword.operator'],
    ['model m {\n  use x\n}\nfeature «f» = y', 'entity.name.function'],
    ['namespace «flights» like feathr', 'entity.name.namespace'],
    ['namespace flights «like» feathr', 'keyword.other.clause'],
    ['import airport, busy «as» crowded from "f.proml"', 'keyword.other.clause'],
    ['import airport «from» "f.proml"\nfeature f = x', 'keyword.other.clause'],
    ['source s = csv("a") { schema («time»: time) }', 'variable.parameter'],
    ['source s = csv("a") { schema (time: «time») }', 'support.type'],
    ['model m {\n  «top» 50 by relevance\n}', 'keyword.other.statement'],
    ['feature f = «top»(x, 3) from s by k over 1d', 'support.function'],
    ['feature f = mean(x) from s  status «deprecated»(g)', 'variable.other'],
    ['«///» text', 'comment.line.documentation'],
    ['«////» text', 'comment.line.double-slash'],
  ])('%s is %s', (marked, scope) => {
    expect(scopeAt(marked)).toContain(scope)
  })
})
