import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkProgram } from '@shared/language/check/check'
import { format } from '@shared/language/format/format'
import { readers } from '@shared/language/operators/readers'
import { planModel } from '@shared/plan/build'
import { type ModelPlan, plainTraining } from '@shared/plan/plan'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../support/context'
import { check, modelOf, prelude, schemas } from './support'

const planOf = (text: string, model?: string): ModelPlan => {
  const result = planModel(check(text), 'test.proml', model)
  if (!result.ok) throw new Error(JSON.stringify(result))
  return result.plan
}

const sample = readFileSync(join(projectRoot, 'resources/samples/flights/flights.proml'), 'utf8')

describe('the plan of a model', () => {
  it('is there for both models of the sample, which checks without a word', () => {
    const program = checkProgram([{ path: 'flights.proml', text: sample }], schemas)
    expect(program.diagnostics).toEqual([])
    for (const model of ['late_departure', 'late_departure_without_history']) {
      const result = planModel(program, 'flights.proml', model)
      expect(result.ok && result.plan.model).toBe(model)
      expect(JSON.parse(JSON.stringify(result))).toEqual(result)
    }
    const without = planModel(program, 'flights.proml', 'late_departure_without_history')
    expect(without.ok && without.plan.features).toEqual([])
  })

  it('is there for the program of the language reference', () => {
    const reference = readFileSync(join(projectRoot, 'docs/language.md'), 'utf8')
    const text = /```proml\n([\s\S]*?)```/.exec(reference)?.[1] ?? ''
    expect(format(text)).toBe(text)
    expect(check(text).diagnostics).toEqual([])
    expect(planOf(text).model).toBe('late_departure')
  })

  it('names nested operations after their `let`, each after its inputs, with parameters by name and defaults', () => {
    const { nodes } = planOf(
      modelOf(`  use distance
  let a = standardize(log1p(distance) * 2)
  let when = cyclic(distance, 24)
  let lin = logistic(a, when)
  output p = probability(weighted(lin, boosted_trees(distance, depth: tune(3..8)), weights: [1, 3]))
  train { search 3 trials maximize auc }`),
    )
    expect(nodes.map(({ span: _, ...node }) => node)).toEqual([
      { name: 'a$1', op: 'log1p', role: 'transform', inputs: ['distance'], params: {}, type: 'float', width: 1 },
      { name: 'a$2', op: 'literal', role: 'transform', inputs: [], params: { value: 2 }, type: 'int', width: 1 },
      { name: 'a$3', op: '*', role: 'transform', inputs: ['a$1', 'a$2'], params: {}, type: 'float', width: 1 },
      { name: 'a', op: 'standardize', role: 'transform', inputs: ['a$3'], params: {}, type: 'float', width: 1 },
      {
        name: 'when',
        op: 'cyclic',
        role: 'transform',
        inputs: ['distance'],
        params: { period: 24 },
        type: 'vector',
        width: 2,
      },
      {
        name: 'lin',
        op: 'logistic',
        role: 'algorithm',
        inputs: ['a', 'when'],
        params: { l2: 1, iterations: 500 },
        type: 'float',
        width: 1,
      },
      {
        name: 'p$1',
        op: 'boosted_trees',
        role: 'algorithm',
        inputs: ['distance'],
        params: {
          depth: { tune: 'range', low: 3, high: 8, isLog: false, isInteger: true },
          rate: 0.1,
          rounds: 200,
          min_weight: 1,
          subsample: 1,
          columns: 1,
          l1: 0,
          l2: 1,
        },
        type: 'float',
        width: 1,
      },
      {
        name: 'p$2',
        op: 'weighted',
        role: 'combinator',
        inputs: ['lin', 'p$1'],
        params: { weights: [1, 3] },
        type: 'float',
        width: 1,
      },
    ])
  })

  it('orders `let`s by what they need, not by where they stand', () => {
    const { nodes } = planOf(
      modelOf(
        '  use distance\n  let gbt = boosted_trees(far)\n  let far = log1p(distance)\n  output p = probability(gbt)',
      ),
    )
    expect(nodes.map(({ name }) => name)).toEqual(['far', 'gbt'])
  })

  it('brings each feature after those that it reads, and none that nobody needs', () => {
    const { features } = planOf(
      `${prelude}feature c: float of airport = b + from_delay\nfeature b: float of airport = from_delay * 2\n${modelOf('  use c by origin\n  let gbt = boosted_trees(c)\n  output p = probability(gbt)').slice(prelude.length)}`,
    )
    expect(features.map(({ name }) => name)).toEqual(['from_delay', 'b', 'c'])
  })

  it('writes a row feature into the use that reads it', () => {
    const { features, uses } = planOf(
      `${prelude}feature miles: float = distance / 2 from flights\nfeature far: bool = miles > 500\n${modelOf('  use far\n  let gbt = boosted_trees(far)\n  output p = probability(gbt)').slice(prelude.length)}`,
    )
    expect(features).toEqual([])
    expect(uses[0]?.definition).toEqual({
      kind: 'row',
      expr: {
        op: 'call',
        fn: '>',
        type: 'bool',
        args: [
          {
            op: 'call',
            fn: '/',
            type: 'float',
            args: [
              { op: 'column', name: 'distance', type: 'int' },
              { op: 'literal', value: 2, type: 'int' },
            ],
          },
          { op: 'literal', value: 500, type: 'int' },
        ],
      },
    })
  })

  it('chooses tensors: int64 for whole numbers that are never missing, float32 for the rest', () => {
    const { uses } = planOf(`source kinds = parquet("data/kinds.parquet") { time at }
model m {
  observe kinds
  predict late = flag
  use whole
  use real
  use sure = coalesce(whole, 0)
  use known = coalesce(text, "none")
  use is_sure = coalesce(maybe, false)
  use \`a column\`
  let port = one_hot(known)
  let gbt = boosted_trees(whole, real, sure, port, is_sure, \`a column\`)
  output p = probability(gbt)
}`)
    expect(uses.map(({ name, tensor, isNullable }) => [name, tensor, isNullable])).toEqual([
      ['whole', 'float32', true],
      ['real', 'float32', false],
      ['sure', 'int64', false],
      ['known', 'string', false],
      ['is_sure', 'bool', false],
      ['a column', 'float32', false],
    ])
  })

  it('fills in the arguments of aggregates and functions', () => {
    const { features } = planOf(
      `${prelude}feature q: float of airport = quantile(delay, 0.9) from flights by origin over 20 rows
feature e: float of airport = ewma(delay, 1h) from flights by origin over all
feature n: int of airport = count() from flights by origin over 3h inclusive lag 15m
${modelOf('  use q by origin\n  use e by origin\n  use n by origin\n  let gbt = boosted_trees(q, e, n)\n  output p = probability(gbt)').slice(prelude.length)}`,
    )
    expect(features.map(({ definition }) => definition)).toMatchObject([
      { args: [{ name: 'delay' }, { op: 'literal', value: 0.9, type: 'float' }], window: { kind: 'rows', rows: 20 } },
      { args: [{ name: 'delay' }, { op: 'duration', micros: 3_600_000_000 }], window: { kind: 'all' } },
      { args: [], window: { kind: 'time', micros: 10_800_000_000, rule: 'inclusive' }, lagMicros: 900_000_000 },
    ])
  })

  it('reads gates in milliseconds and bytes, and splits as shares of one', () => {
    const { gates, train, health } = planOf(
      modelOf(`  use distance
  let gbt = boosted_trees(distance)
  output p = probability(gbt)
  train { split random 80/10/10  seed 3 }
  validate { latency p99 <= 5ms  size <= 20MB  auc >= 0.6 }
  health { drift ks < 0.1 on inputs  freshness < 1d  retrain on drift }`),
    )
    expect(gates.map(({ metric, operator, limit, quantile }) => [metric, operator, limit, quantile])).toEqual([
      ['latency', '<=', 5, 0.99],
      ['size', '<=', 20_000_000, null],
      ['auc', '>=', 0.6, null],
    ])
    expect(train).toEqual({ ...plainTraining, split: { kind: 'random', fractions: [0.8, 0.1, 0.1] }, seed: 3 })
    expect(health.map(({ span: _, ...rule }) => rule)).toEqual([
      { kind: 'drift', statistic: 'ks', limit: 0.1 },
      { kind: 'freshness', micros: 86_400_000_000 },
      { kind: 'retrain', on: 'drift' },
    ])
  })

  it('says which schemas it needs, and what stands in the way of a plan', () => {
    const program = checkProgram([{ path: 'flights.proml', text: sample }], new Map())
    expect(program.needs).toEqual(['data/airports.csv', 'data/flights.parquet'])
    expect(program.diagnostics).toEqual([])
    expect(planModel(program, 'flights.proml', 'late_departure')).toMatchObject({ ok: false, reason: 'needs' })
    expect(planModel(program, 'flights.proml')).toMatchObject({
      reason: 'no_model',
      models: ['late_departure', 'late_departure_without_history'],
    })
    const broken = check(modelOf('  use distnace\n  let gbt = boosted_trees(distnace)\n  output p = probability(gbt)'))
    expect(planModel(broken, 'test.proml')).toMatchObject({
      ok: false,
      reason: 'errors',
      errors: [{ code: 'PML1101' }],
    })
  })

  it('is there for a model that the mistakes of others do not touch', () => {
    const text = `${modelOf('  use distance\n  let gbt = boosted_trees(distance)\n  output p = probability(gbt)')}model other {\n  observe nowhere\n}\nfeature broken = `
    expect(planOf(text, 'm').model).toBe('m')
  })

  it('sees declarations of other files of the namespace, and only of that', () => {
    const files = [
      { path: 'a.proml', text: `namespace one\n${prelude}` },
      {
        path: 'b.proml',
        text: `namespace one\n${modelOf('  use distance\n  let gbt = boosted_trees(distance)\n  output p = probability(gbt)').slice(prelude.length)}`,
      },
      { path: 'c.proml', text: 'namespace two\nmodel n {\n  observe flights\n}' },
    ]
    const program = checkProgram(files, schemas)
    expect(planModel(program, 'b.proml')).toMatchObject({ ok: true })
    const errors = program.diagnostics.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ file, code, mend }) => [file, code, mend])).toEqual([
      ['c.proml', 'PML1103', 'It is declared in `namespace one`: import it from there.'],
    ])
  })

  it('brings features of another namespace with what they need, under names that meet no other', () => {
    const text = `import busy, very_busy as crowded, airport as field from "features/library.proml"
${modelOf(`  use n = busy by origin
  use crowded by destination
  use distance
  let gbt = boosted_trees(n, crowded, distance)
  output p = probability(gbt)`)}feature of_field: float of field = busy * 2
model by_field {
  observe flights
  predict late = delay > 15
  use of_field by origin
  let gbt = boosted_trees(of_field)
  output p = probability(gbt)
  train { split time 70/15/15 }
}
`
    const program = check(text)
    expect(program.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(program.diagnostics.filter(({ file }) => file === 'features/library.proml')).toEqual([])
    const plan = planOf(text, 'm')
    expect(plan.sources.map(({ name }) => name)).toEqual(['flights', 'library.flights'])
    expect(plan.features.map(({ name, entity, definition }) => [name, entity, definition])).toMatchObject([
      ['library.busy', 'library.airport', { source: 'library.flights' }],
      ['library.very_busy', 'library.airport', { expr: { args: [{ op: 'feature', name: 'library.busy' }, {}] } }],
    ])
    expect(plan.uses.map(({ definition }) => definition)).toMatchObject([
      { feature: 'library.busy', keys: ['origin'] },
      { feature: 'library.very_busy', keys: ['destination'] },
      { kind: 'row' },
    ])
    const other = planOf(text, 'by_field')
    expect(other.features.map(({ name, definition }) => [name, definition])).toMatchObject([
      ['library.busy', {}],
      ['of_field', { form: 'derived', expr: { args: [{ name: 'library.busy' }, {}] } }],
    ])
  })

  it('tells a circle that goes through two namespaces', () => {
    const program = checkProgram(
      [
        {
          path: 'a.proml',
          text: 'namespace one\nimport b, e from "b.proml"\nfeature a: float of e = b + 1\n',
        },
        {
          path: 'b.proml',
          text: 'namespace two\nimport a from "a.proml"\nentity e(code: string)\nfeature b: float of e = a + 1\n',
        },
      ],
      schemas,
    )
    expect(program.diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['PML1110', 'These need each other in a circle: `a` → `b` → `a`.'],
    ])
  })

  it('keeps whose rule a window has: of the feature, or of its file', () => {
    const windows = (text: string) =>
      [...(check(text).namespaces.get('n')?.features.values() ?? [])].flatMap(({ plan }) =>
        plan?.definition.form === 'aggregate' ? [plan.definition.window] : [],
      )
    const features = `feature a: float of airport = mean(delay) from flights by origin over 3h
feature b: float of airport = mean(delay) from flights by origin over 3h inclusive
feature c: int of airport = latest(delay) from flights by origin over 3h  like feast
feature d: int of airport = latest(delay) from flights by origin
`
    const hours = 10_800_000_000
    expect(windows(`namespace n\n${prelude}${features}`).slice(2)).toEqual([
      { kind: 'time', micros: hours, rule: 'open' },
      { kind: 'time', micros: hours, rule: 'inclusive' },
      { kind: 'time', micros: hours, rule: 'feast' },
      { kind: 'all', rule: 'open' },
    ])
    expect(windows(`namespace n like chronon\n${prelude}${features}`).slice(2)).toEqual([
      { kind: 'time', micros: hours, rule: 'chronon' },
      { kind: 'time', micros: hours, rule: 'inclusive' },
      { kind: 'time', micros: hours, rule: 'feast' },
      { kind: 'all', rule: 'chronon' },
    ])
  })

  it('holds what is written down for later: folds, weights, engine, schedule, stream, ranking', () => {
    const text = `source clicks = kafka("clicks", servers: "localhost:9092") { time at  schema (at: time, id: int) }
${modelOf(`  rank by origin
  use distance
  let gbt = boosted_trees(distance, depth: tune(3..8))
  output p = probability(gbt)
  filter distance > 100 and p > 0.2
  distinct by destination
  top 50 by p
  sort by delay ascending
  train {
    folds 5  weight if(delay > 60, 2, 1)  search 9 trials maximize auc  sampler random  prune median
    engine spark("yarn")  schedule "0 3 * * 1-5"  online from clicks
  }`)}`
    expect(check(text).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    const { train, ranking } = planOf(text)
    expect(train).toMatchObject({
      folds: 5,
      weight: { op: 'call', fn: 'if' },
      engine: { kind: 'spark', master: 'yarn' },
      sampler: 'random',
      prune: 'median',
      schedule: '0 3 * * 1-5',
      online: 'clicks',
    })
    expect(ranking).toMatchObject({
      by: 'origin',
      steps: [
        { kind: 'filter', condition: { fn: 'and', args: [{}, { fn: '>', args: [{ op: 'feature', name: 'p' }, {}] }] } },
        { kind: 'distinct', by: ['destination'] },
        { kind: 'top', count: 50, by: { op: 'feature', name: 'p' } },
        { kind: 'sort', by: { op: 'column', name: 'delay' }, isAscending: true },
      ],
    })
  })
})

describe('readers', () => {
  for (const reader of readers)
    it(`takes the example of ${reader.name}, and what it does not read by its schema`, () => {
      const schema = reader.isRead ? '' : ' {\n  time at\n  schema (at: time, id: int, v: vector[8], took: duration)\n}'
      const text = `source s = ${reader.example}${schema}\n`
      const { diagnostics, namespaces, needs } = checkProgram(
        [{ path: 'a.proml', text }],
        new Map(
          [
            'data/flights.parquet',
            'sqlite:data/shop.db?table=orders',
            'postgres:?table=public.orders&url.secret=shop',
          ].map((reference) => [reference, schemas.get('data/flights.parquet') ?? { failed: '' }] as const),
        ),
      )
      expect(format(text)).toBe(text)
      const found = diagnostics.map(({ code }) => code)
      expect(found).toEqual(reader.isRead ? [] : ['PML1302'])
      const plan = namespaces.get('')?.sources.get('s')?.plan
      // What other files than these hold is wanted, and told only when it is there.
      if (plan === null) return expect(needs).toHaveLength(1)
      expect(plan).toMatchObject({ kind: reader.name })
      // Secrets are named, never held.
      if (reader.example.includes('secret(')) expect(JSON.stringify(plan?.options)).toContain('{"secret":')
    })
})
