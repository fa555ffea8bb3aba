import { programGraph } from '@shared/graph/program'
import { planModel } from '@shared/plan/build'
import type { ModelPlan } from '@shared/plan/plan'
import { describe, expect, it } from 'vitest'
import { check } from './support'

/** Posts with an embedding whose length the file says, `fixed`, and one of which it does not, `open`. */
const program = (statements: string, { schema = '', features = '' } = {}): string => `
source posts = parquet("data/posts.parquet") { time at ${schema} }
entity author(name: string)
${features}
model m {
  observe posts
  predict late = liked
${statements}
  output p = probability(gbt)
}
`

const planOf = (text: string): ModelPlan => {
  const result = planModel(check(text), 'test.proml', 'm')
  if (!result.ok) throw new Error(JSON.stringify(result))
  return result.plan
}

const errorsOf = (text: string): string[] =>
  check(text)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code, message, mend }) => `${code} ${message} ${mend}`)

const trees = (input: string): string => `  let gbt = boosted_trees(${input})`

describe('a vector as an input of a model', () => {
  it('enters as wide as its file says it is, and may be missing', () => {
    const { uses, nodes } = planOf(program(`  use fixed\n${trees('fixed')}`))
    expect(uses).toMatchObject([{ name: 'fixed', type: 'vector', tensor: 'float32', width: 8, isNullable: true }])
    expect(nodes).toMatchObject([{ name: 'gbt', width: 1 }])
  })

  it('is as wide as the schema beside it says, where the file knows lists of any length', () => {
    const { uses } = planOf(program(`  use open\n${trees('open')}`, { schema: 'schema (open: vector[12])' }))
    expect(uses).toMatchObject([{ width: 12 }])
  })

  it('says where to write a length that nothing says', () => {
    expect(errorsOf(program(`  use open\n${trees('open')}`))).toEqual([
      'PML1532 `open` is a list of numbers, and nothing says how many each has. Write it in the source, as in `schema (open: vector[8])`.',
    ])
    const features = 'feature newest of author = latest(open) from posts by author'
    expect(errorsOf(program(`  use newest by author\n${trees('newest')}`, { features }))).toEqual([
      'PML1532 `newest` is a list of numbers, and nothing says how many each has. Write the feature’s type with it, as in `feature newest: vector[8] …`.',
    ])
  })

  it('refuses a schema that says another length than the file, and a type that says another than the expression', () => {
    expect(errorsOf(program(`  use fixed\n${trees('fixed')}`, { schema: 'schema (fixed: vector[4])' }))).toEqual([
      'PML1308 The schema says that `fixed` is vector[4], and in the data it is vector[8]. Write vector[8].',
    ])
    const features = 'feature newest: vector[4] of author = latest(fixed) from posts by author'
    expect(errorsOf(program(`  use newest by author\n${trees('newest')}`, { features }))).toEqual([
      'PML1203 `newest` is declared vector[4], but its expression is vector[8]. Write `: vector[8]`, or change the expression.',
    ])
  })

  it('has a length that a vector can have', () => {
    for (const length of ['0', '1.5', '16385'])
      expect(
        errorsOf(program(`  use open\n${trees('open')}`, { schema: `schema (open: vector[${length}])` }))[0],
      ).toMatch(
        /^PML1216 A vector cannot have .* numbers. Write a whole number from 1 to 16,384, as in `vector\[8\]`.$/,
      )
  })
})

describe('a vector as a feature', () => {
  it('is the newest one of an entity, and the type says its length where the file does not', () => {
    const features = 'feature newest: vector[8] of author = latest(open) from posts by author over 7d'
    const plan = planOf(program(`  use newest by author\n${trees('newest')}`, { features }))
    expect(plan.features).toMatchObject([{ name: 'newest', type: 'vector', width: 8 }])
    expect(plan.uses).toMatchObject([{ name: 'newest', width: 8, definition: { kind: 'feature' } }])
    const { definition } = plan.features[0] ?? {}
    expect(definition?.form === 'aggregate' && definition.args[0]).toMatchObject({ fn: 'vector', type: 'vector' })
  })

  it('is one of the row, and one that is computed from another', () => {
    const features = `feature own: vector[8] = open from posts
feature newest of author = latest(fixed) from posts by author
feature same: vector[8] of author = newest`
    const plan = planOf(program(`  use own\n  use same by author\n${trees('own, same')}`, { features }))
    expect(plan.uses.map(({ width }) => width)).toEqual([8, 8])
    expect(plan.nodes.map(({ inputs }) => inputs)).toEqual([['own', 'same']])
  })

  it('takes a number as what stands in every place of a missing one', () => {
    const features = 'feature newest: vector[8] of author = latest(open) from posts by author default 0'
    const text = program('  use newest by author\n  let gbt = logistic(newest)', { features })
    expect(planOf(text).features[0]?.default).toMatchObject({ fn: 'vector', args: [{ value: 0 }, { value: 8 }] })
    const other = features.replace('default 0', 'default "none"')
    expect(errorsOf(program(`  use newest by author\n${trees('newest')}`, { features: other }))).toEqual([
      expect.stringMatching(/^PML1411 .*a number, for every place of the vector/),
    ])
  })

  it('takes a number for a missing one with `coalesce` too', () => {
    const plan = planOf(program('  use e = coalesce(fixed, 0)\n  let gbt = logistic(e)'))
    expect(plan.uses).toMatchObject([{ name: 'e', width: 8, isNullable: false }])
    expect(errorsOf(program('  use e = coalesce(open, 0)\n  let gbt = logistic(e)'))).toEqual([
      'PML1532 `open` is a list of numbers, and nothing says how many each has. Write it in the source, as in `schema (open: vector[8])`.',
    ])
    const schema = 'schema (open: vector[4])'
    expect(errorsOf(program('  use e = coalesce(fixed, open)\n  let gbt = logistic(e)', { schema }))[0]).toMatch(
      /^PML1214/,
    )
  })

  it('is no number: what computes with numbers of a row refuses it', () => {
    for (const use of ['use x = fixed + 1', 'use x = abs(fixed)', 'use x = if(fixed = fixed, 1, 0)'])
      expect(errorsOf(program(`  ${use}\n${trees('x')}`))[0], use).toMatch(/^PML1201/)
    const features = 'feature total of author = sum(fixed) from posts by author over 1d'
    expect(errorsOf(program(`  use total by author\n${trees('total')}`, { features }))[0]).toMatch(/^PML1201/)
  })

  it('can be counted, and asked for whether it is missing', () => {
    const features = 'feature known: int of author = count(open) from posts by author over 1d'
    expect(
      errorsOf(program(`  use known by author\n  use gone = is_null(open)\n${trees('known, gone')}`, { features })),
    ).toEqual([])
  })
})

describe('a vector in a model', () => {
  it('keeps its width through the transforms that take vectors, and loses it in `dot` and `cosine`', () => {
    const { nodes } = planOf(
      program(`  use fixed
  use other = coalesce(fixed, 0)
  let filled = impute(fixed)
  let scaled = standardize(filled)
  let unit = l2_normalize(filled)
  let both = concat(scaled, unit)
  let near = cosine(filled, other)
  let product = dot(filled, other)
  let stood = coalesce(fixed, 0)
  let gbt = logistic(both, near, product, stood)`),
    )
    expect(Object.fromEntries(nodes.map(({ name, width }) => [name, width]))).toMatchObject({
      ...{ filled: 8, scaled: 8, unit: 8, both: 16, near: 1, product: 1, stood: 8 },
    })
  })

  it('must be imputed, or have a default, before an algorithm that takes nothing missing', () => {
    expect(errorsOf(program('  use fixed\n  let gbt = logistic(fixed)'))).toEqual([
      'PML1509 `logistic` cannot learn from missing numbers, and `fixed` may be null. Wrap it in `impute(…)`, or give the feature a `default`.',
    ])
    expect(errorsOf(program('  use fixed\n  let gbt = logistic(impute(fixed))'))).toEqual([])
  })

  it('is not brought together with one of another width, nor taken for one number or a category', () => {
    const schema = 'schema (open: vector[4])'
    expect(errorsOf(program(`  use fixed\n  use open\n${trees('dot(fixed, open)')}`, { schema }))[0]).toMatch(
      /^PML1214/,
    )
    expect(errorsOf(program(`  use fixed\n${trees('bucketize(fixed)')}`))[0]).toMatch(/^PML1201.*not a vector/)
    expect(errorsOf(program(`  use fixed\n${trees('one_hot(fixed)')}`))[0]).toMatch(/^PML1201/)
  })
})

describe('a vector where it is shown', () => {
  it('has its length in the graph', () => {
    const features = 'feature newest: vector[12] of author = latest(open) from posts by author'
    const text = program(`  use fixed\n  use near = newest by author\n${trees('fixed, near')}`, { features })
    const { nodes } = programGraph(check(text), 'test.proml')
    expect(nodes.filter(({ kind }) => kind === 'use').map(({ type }) => type)).toEqual(['vector[8]', 'vector[12]'])
  })
})
