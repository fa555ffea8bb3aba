import { readFileSync } from 'node:fs'
import { checkProgram, type FeatureSetAnswer, type SchemaAnswer } from '@shared/language/check/check'
import { createMemory } from '@shared/language/check/memory'
import { parse } from '@shared/language/syntax/parser'
import { type ReadText, readText, reread } from '@shared/language/syntax/reread'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filesOf } from '../bench/programs'
import { seed } from './seed'
import { library, prelude, schemas } from './support'

const sample = readFileSync('resources/samples/flights/flights.proml', 'utf8')
const isLong = Boolean(process.env.PROML_LONG)

const importing = `namespace other
import flights, airport, from_delay as delay_before from "library.proml"
feature doubled: float of airport = delay_before * 2  default 0
feature last: int of airport = latest(delay) from flights by origin
model m {
  observe flights
  predict late = delay > 15
  use doubled by origin
  use last by origin
  use distance
  let a = logistic(standardize(doubled), standardize(distance))
  output p = probability(a)
  train { split time 70/15/15 }
}
`
const published = 'library@1.0.0'
/** On its way, not here, here, and here without what is imported. */
const sets: readonly ReadonlyMap<string, FeatureSetAnswer>[] = [
  new Map(),
  new Map([[published, { failed: 'it is not here.' }]]),
  new Map([[published, { files: [{ path: 'library.proml', document: parse(library) }] }]]),
  new Map([[published, { files: [{ path: 'library.proml', document: parse('entity airport(code: string)') }] }]]),
]
/** Workspaces with all that one declaration may know of another: namespaces, imports, files that share one. */
const workspaces: readonly (readonly [path: string, text: string][])[] = [
  [['flights.proml', sample]],
  [['sets.proml', importing.replace('library.proml', published)]],
  [
    ['library.proml', library],
    ['other.proml', importing],
    ['prelude.proml', prelude],
  ],
  filesOf(300, 3).map(({ path, text }): [string, string] => [path, text]),
]

interface Edit {
  readonly file: number
  readonly at: number
  readonly kind: 'word' | 'line' | 'copy' | 'piece' | 'undo' | 'schema' | 'set'
  readonly pick: number
}
const edit = fc.record<Edit>({
  file: fc.nat(10),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  kind: fc.constantFrom('word', 'word', 'word', 'line', 'copy', 'piece', 'undo', 'schema', 'set'),
  pick: fc.nat(10_000),
})
const pieces = [
  'd',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '(',
  ')',
  '}',
  '"',
  '// ',
  '/*',
  ' deprecated(last)',
  ' default 0',
  ' like feast',
  '- 1',
  '\n\n',
]

const changed = (text: string, { at, kind, pick }: Edit): string => {
  const from = Math.floor(at * text.length)
  if (kind === 'piece') return text.slice(0, from) + pieces[pick % pieces.length] + text.slice(from)
  const lines = text.split('\n')
  const line = Math.floor(at * lines.length)
  if (kind === 'line') return lines.toSpliced(line, 1).join('\n')
  if (kind === 'copy') return lines.toSpliced(pick % lines.length, 0, lines[line] ?? '').join('\n')
  // A word in place of another: names that are then missing, doubled, of another type, or circular.
  const words = text.match(/\w+/g) ?? ['a']
  const word = words[pick % words.length] ?? 'a'
  return text.slice(0, from) + text.slice(from).replace(/\w+/, word)
}

const seen = ({ diagnostics, needs, wants, namespaces }: ReturnType<typeof checkProgram>) => ({
  diagnostics,
  needs,
  wants,
  namespaces,
})

describe('a workspace that is edited', () => {
  it('is checked as if nothing had been checked before, whatever is changed', () => {
    const kept = { same: 0, all: 0 }
    fc.assert(
      fc.property(fc.constantFrom(...workspaces), fc.array(edit, { minLength: 1, maxLength: 15 }), (files, edits) => {
        const memory = createMemory()
        const known = new Map(files.map(([path, text]): [string, ReadText] => [path, readText(text)]))
        const history = new Map(files)
        let there = sets[0] ?? new Map()
        let answers: ReadonlyMap<string, SchemaAnswer> = schemas
        const check = () =>
          checkProgram(
            [...known].map(([path, { document }]) => ({ path, document })),
            answers,
            there,
            memory,
          )
        let before = check()
        for (const one of edits) {
          const path = files[one.file % files.length]?.[0] ?? ''
          const now = known.get(path)?.text ?? ''
          if (one.kind === 'schema') answers = answers === schemas ? new Map([...schemas].slice(0, 1)) : schemas
          else if (one.kind === 'set') there = sets[one.pick % sets.length] ?? there
          else {
            const next = one.kind === 'undo' ? (history.get(path) ?? '') : changed(now, one)
            history.set(path, now)
            known.set(path, reread(known.get(path) ?? readText(''), next))
          }
          const after = check()
          const anew = checkProgram(
            [...known].map(([file, { text }]) => ({ path: file, document: parse(text) })),
            answers,
            there,
          )
          expect(seen(after)).toEqual(seen(anew))
          for (const [name, { features }] of after.namespaces)
            for (const [feature, value] of features) {
              kept.all++
              if (before.namespaces.get(name)?.features.get(feature) === value) kept.same++
            }
          before = after
        }
      }),
      { seed, numRuns: isLong ? 3_000 : 100 },
    )
    console.log(`${kept.same} of ${kept.all} features of edited programs were known again (PROML_SEED=${seed})`)
    expect(kept.same / kept.all).toBeGreaterThan(0.25)
  })
})
