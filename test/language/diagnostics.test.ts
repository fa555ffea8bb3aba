import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { diagnosticsReference } from '@shared/language/diagnostics/reference'
import { type DiagnosticCode, diagnosticTable } from '@shared/language/diagnostics/table'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../support/context'
import { check, marked, modelOf, modelUsing, prelude } from './support'

/** A whole program in which nothing is left unused. */
const lean = (source: string, label: string, statements: string, more = '') =>
  `source s = parquet("data/${source}.parquet")${source === 'kinds' ? ' { time at }' : ' { time date }'}
${more}
model m {
  observe s
  predict late = ${label}
${statements}
}
`
const model = (body: string) => `${prelude}model m {\n${body}\n}\n`
const whole = (clauses: string, algorithm = 'boosted_trees(distance)') =>
  modelOf(`  use distance\n  let gbt = ${algorithm}\n  output p = probability(gbt)\n  ${clauses}`)
const feature = (text: string) => `${prelude}${text}\n`

/** For every code a program that has exactly this mistake, with the place that the message must point at. */
const cases: Readonly<Record<DiagnosticCode, string>> = {
  PML1001: feature('feature x: float of airport = mean(delay «from» flights by origin over 3h'),
  PML1002: feature('feature x: float of airport = mean(delay) from flights by origin over 3h owner «"me»'),
  PML1003: `${prelude}«/*» never closed`,
  PML1004: feature('feature x: float of airport = mean(delay «§» ) from flights by origin over 3h'),
  PML1005: `feature x = ${'('.repeat(199)}1 + «1»${')'.repeat(199)}`,
  PML1006: `${prelude}model m «{»`,
  PML1007: feature('feature x: float of airport = mean(delay) from flights by origin where distance > «3x» over 3h'),
  PML1008: model('  observe flights\n  «observe» flights\n  predict late = delay > 15'),
  PML1009: feature('«featur» x = 1'),
  PML1010: ' '.repeat(4_000_001),
  // No text has this mistake: it stands for a file that could not be opened (test/language/hostile.test.ts).
  PML1011: '',
  PML1101: feature('feature x: float of airport = mean(«delya») from flights by origin over 3h'),
  PML1102: modelUsing('use a = «from_delya» by origin'),
  PML1103: feature('feature x: float of airport = mean(delay) from «flihgts» by origin over 3h'),
  PML1104: feature('feature x: float of «airprot» = mean(delay) from flights by origin over 3h'),
  PML1105: modelUsing('use origin', ', «distnace»'),
  PML1106: modelOf(
    '  use distance\n  let a = «standardise»(distance)\n  let gbt = boosted_trees(a)\n  output p = probability(gbt)',
  ),
  PML1107: feature('entity «airport»(code: string)'),
  PML1108: modelUsing('use «distance» = hour(date)'),
  PML1110: feature(
    'feature «a»: float of airport = b + 1\nfeature b: float of airport = c + 1\nfeature c: float of airport = a + 1',
  ),
  PML1112: `import «bussy» from "features/library.proml"\n${prelude}`,
  PML1113: `import busy from «"features/libary.proml"»\n${prelude}`,
  PML1114: `import gone from «"broken@1.0.0"»\n${modelUsing('use gone by origin', ', gone')}`,
  PML1111: modelUsing('use x = «standardize»(distance)'),
  PML1201: modelUsing('use x = hour(«origin»)'),
  PML1202: modelUsing('use x = distance «=» origin'),
  PML1203: feature('feature x: «int» of airport = mean(delay) from flights by origin over 3h'),
  PML1204: feature('feature x: «flaot» of airport = mean(delay) from flights by origin over 3h'),
  PML1205: feature('feature x: float of airport = «mean()» from flights by origin over 3h'),
  PML1206: whole('', 'boosted_trees(distance, «detph»: 3)'),
  PML1207: modelOf(
    '  use distance\n  let a = «cyclic(distance)»\n  let gbt = boosted_trees(a)\n  output p = probability(gbt)',
  ),
  PML1208: whole('', 'boosted_trees(distance, depth: «2.5»)'),
  PML1209: whole('', 'boosted_trees(distance, depth: 3, «depth: 4»)'),
  PML1211: whole(
    'train { search 4 trials maximize auc }',
    'boosted_trees(distance, rate: tune(0.1..0.2), depth: tune(«8..3»))',
  ),
  PML1212: model(
    '  observe flights where «distance»\n  predict late = delay > 15\n  use distance\n  let gbt = boosted_trees(distance)\n  output p = probability(gbt)',
  ),
  PML1213: modelUsing('use x = distance + «3h»'),
  PML1214: modelOf(
    '  use distance\n  let two = cyclic(distance, 24)\n  let three = concat(two, distance)\n  let sum = «two + three»\n  let gbt = boosted_trees(sum)\n  output p = probability(gbt)',
  ),
  PML1215: whole('', '«lightgbm(distance)»'),
  PML1216: 'source a = parquet("data/posts.parquet") { schema (open: «vector[0]») }',
  PML1301: 'source a = «parqet»("a.parquet")',
  PML1302: 'source a = «hdfs»("hdfs://a/b.parquet") { schema (id: int) }',
  PML1303: 'source a = parquet(«3»)',
  PML1304: 'source a = parquet(«"../a.parquet"»)',
  PML1305: 'source a = parquet(«"data/broken.parquet"»)',
  PML1307: 'source a = «hdfs»("hdfs://a/b.parquet")',
  PML1308: 'source a = parquet("data/flights.parquet") { schema (delay: «string») }',
  PML1306: 'source a = parquet("data/flights.parquet") { time «delay» }',
  PML1401: 'entity a(«code»)',
  PML1402: feature('feature x: float of airport = «mean(delay)» + 1 from flights by origin over 3h'),
  PML1403: feature('feature x: float of airport = «mean(delay)» from flights by origin'),
  PML1404: feature('feature «x»: float = mean(delay) from flights by origin over 3h'),
  PML1405: feature('feature x: float of route = mean(delay) from flights by «origin» over 3h'),
  PML1406: feature('feature x: float of airport = mean(delay) from flights by «distance» over 3h'),
  PML1407: feature('feature x: float of airport = from_delay + 1 «over 3h»'),
  PML1408: feature('feature x: float of airport = mean(latitude) from airports by iata «over 3h»'),
  PML1409: feature('feature x: int of airport = «delay» from flights by origin'),
  PML1410: feature('feature x: int of airport = «last_delay» + 1'),
  PML1411: feature('feature x: float of airport = mean(delay) from flights by origin over 3h default «"none"»'),
  PML1412: feature('feature x: float of airport = mean(delay) from flights by origin over 3h owner "a" «owner» "b"'),
  PML1413: feature('feature x: float of airport = mean(delay) from flights by origin over «0h»'),
  PML1414: feature('feature x: float of airport = «mean(from_delay)»'),
  PML1415: feature('feature x: float of «airport» = distance / 2 from flights'),
  PML1416: feature('feature x: float of airport = mean(delay) from flights by origin over 3h inclusive «like feast»'),
  PML1501: model
    .call(null, '  use distance')
    .replace('model m', 'model «m»')
    .replace('  use distance', '  predict late = true'),
  PML1502: modelOf('  use distance').replace('model m', 'model «m»'),
  PML1504: modelUsing('use x = distance by «origin»'),
  PML1507: modelUsing('use «date»'),
  PML1508: lean(
    'kinds',
    'flag',
    '  use «text»\n  let port = one_hot(text)\n  let gbt = boosted_trees(port)\n  output p = probability(gbt)',
  ),
  PML1509: modelOf(
    '  use distance\n  use last = last_delay by (origin, destination)\n  let lin = logistic(distance, «last»)\n  output p = probability(lin)',
  ),
  PML1510: modelUsing('use x = «from_delay» + distance'),
  PML1511: whole('', '«boosted_trees»(distance)').replace('  predict late = delay > 15\n', ''),
  PML1512: whole('', '«linear»(distance)'),
  PML1513: modelOf('  use distance\n  let gbt = boosted_trees(distance)\n  output p = «gbt»'),
  PML1514: modelOf(
    '  use distance\n  let gbt = boosted_trees(distance)\n  let b = boosted_trees(«gbt»)\n  output p = probability(b)',
  ),
  PML1515: modelOf('  use distance\n  output p = probability(«distance»)'),
  PML1516: whole('train { «split time 70/30» }'),
  PML1518: whole('validate { «acu» >= 0.6 }'),
  PML1519: whole('validate { «rmse» <= 3 }'),
  PML1520: whole('validate { latency p99 <= «5MB» }'),
  PML1521: whole('validate { latency «p100» <= 5ms }'),
  PML1522: whole('health { drift «wasserstein» < 0.2 on inputs }'),
  PML1523: whole('health { «retrain on decay» }'),
  PML1524: whole('').replace('delay > 15', '«origin»'),
  PML1525: whole('train { «seed 1.5» }'),
  PML1526: whole('train { split by «airport» 70/15/15 }'),
  PML1527: whole('«filter distance > 3»'),
  PML1528: whole('rank by origin\n  union «airports»'),
  PML1529: whole('train { weight «origin» }'),
  PML1530: whole('train { schedule «"at night"» }'),
  PML1531: whole('train { online from «flights» }'),
  PML1532: `source posts = parquet("data/posts.parquet") { time at }
model m {
  observe posts
  predict late = liked
  use «open»
  let gbt = boosted_trees(open)
  output p = probability(gbt)
}
`,
  PML2101: modelUsing('«use x = delay * 2»', ', x'),
  PML2102: `${feature('feature seen: float of airport = mean(delay) from flights by origin «over 3h inclusive» default 0').trimEnd()}\n${modelUsing('use seen by origin', ', seen').slice(prelude.length)}`,
  PML2103: lean('kinds', 'flag', '  use «whole»\n  let gbt = boosted_trees(whole)\n  output p = probability(gbt)'),
  PML2104: lean(
    'flights',
    'delay > 15',
    '  use distance\n  let gbt = boosted_trees(distance)\n  output p = probability(gbt)',
    'entity airport(code: string)\nfeature «unused»: float of airport = mean(delay) from s by origin over 3h',
  ),
  PML2105: modelOf(
    '  use distance\n  «let gbt = boosted_trees(distance, depth: tune(3..8))»\n  output p = probability(gbt)',
  ),
  PML2106: whole('train { «search 4 trials maximize auc» }'),
  PML2107: modelUsing('use «origin»'),
  PML2108: lean(
    'flights',
    'delay > 15',
    '  use distance\n  let gbt = boosted_trees(distance)\n  output p = probability(gbt)',
    'entity «crew»(id: int)',
  ),
  PML2109: whole('train { «search 4 trials minimize auc» }', 'boosted_trees(distance, depth: tune(3..8))'),
  PML2111: `import «busy» from "features/library.proml"\n${modelUsing('use origin', ', one_hot(origin)')}`,
  PML2112: `import «from_delay» from "test.proml"\n${modelUsing('use from_delay by origin', ', from_delay')}`,
  PML2113: whole('train { «split random 70/15/15» }'),
  PML2114: `source s = parquet("data/flights.parquet")
source t = parquet("data/flights.parquet") { time date }
entity airport(origin: string)
feature seen: int of airport = latest(distance) from airports by code default 0
source airports = json("data/codes.ndjson")
model m {
  observe s
  predict late = delay > 15
  use seen by origin
  use distance
  let gbt = boosted_trees(distance, seen)
  output p = probability(gbt)
  train { «split random 70/15/15» }
}
`,
  PML2201: whole('train { «folds 5» }'),
  PML2110: `${feature('feature old: float of airport = mean(delay) from flights by origin over 3h  status deprecated').trimEnd()}\n${modelUsing('use x = «old» by origin', ', x').slice(prelude.length)}`,
}

describe('every message of the language', () => {
  for (const [code, source] of Object.entries(cases)) {
    it(`${code} stands where the mistake is, once`, () => {
      const { text, spans } = marked(source)
      const { diagnostics } = check(text)
      const found = diagnostics.filter((each) => each.code === code)
      if (code === 'PML1011') return
      if (code === 'PML1010') expect(found).toHaveLength(1)
      else expect(found.map(({ span }) => span)).toEqual(spans)
      // Apart from advice, one mistake is one message.
      const isError = diagnosticTable[code as DiagnosticCode].severity === 'error'
      if (isError)
        expect(diagnostics.filter(({ severity, code: other }) => severity === 'error' && other !== code)).toEqual([])
    })
  }

  it('says what is wrong and how to mend it, each as one sentence', () => {
    for (const source of Object.values(cases)) {
      for (const { message, mend, code } of check(marked(source).text).diagnostics) {
        expect(message, code).toMatch(/^[^\n]+[.?!…`]$/)
        expect(mend, code).toMatch(/^[^\n]+[.?!]$/)
        expect(`${message}${mend}`, code).not.toMatch(/undefined|\[object/)
      }
    }
  })

  it('tells names that are columns of one table from one another in more than small and capital letters', () => {
    const texts = [
      modelUsing('use «Distance» = hour(date)'),
      modelUsing('use «LATE» = hour(date)'),
      feature('entity other(code: string, «Code»: string)'),
    ]
    for (const source of texts) {
      const { text, spans } = marked(source)
      const found = check(text).diagnostics.filter(({ code }) => code === 'PML1108')
      expect(found.map(({ span }) => span)).toEqual(spans)
      expect(found[0]?.message).toContain('small and capital letters')
    }
    // What is computed from a use stands in no table.
    expect(check(modelUsing('let Distance = standardize(distance)')).diagnostics.map(({ code }) => code)).not.toContain(
      'PML1108',
    )
  })

  it('mends what its quick fixes say they mend', () => {
    let count = 0
    for (const [code, source] of Object.entries(cases)) {
      const { text } = marked(source)
      const before = check(text)
      for (const fix of before.diagnostics.find((each) => each.code === code)?.fixes ?? []) {
        count++
        const edits = fix.edits.toSorted((a, b) => b.span.start - a.span.start)
        const mended = edits.reduce(
          (now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end),
          text,
        )
        const after = check(mended).diagnostics
        expect(
          after.filter((each) => each.code === code && each.severity !== 'info'),
          `${code} ${fix.title}`,
        ).toEqual([])
        // A mend that breaks something else is none. What was wrong before may still be, and what could not be read hides more.
        if (code.startsWith('PML10')) continue
        const next = code === 'PML1501' ? ['PML1502', 'PML1101'] : []
        const errors = (all: typeof after) =>
          all.filter(({ severity }) => severity === 'error').map((each) => each.code)
        expect(
          errors(after).filter((each) => !errors(before.diagnostics).includes(each) && !next.includes(each)),
          `${code} ${fix.title}: ${mended}`,
        ).toEqual([])
      }
    }
    expect(count).toBeGreaterThan(60)
  })

  it('is written in the reference', () => {
    expect(readFileSync(join(projectRoot, 'docs/diagnostics.md'), 'utf8')).toBe(diagnosticsReference())
  })
})
