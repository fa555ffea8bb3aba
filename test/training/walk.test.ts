import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isOnSide, type Operator } from '@shared/language/operators/operator'
import { operatorsWith } from '@shared/language/operators/table'
import type { ModelPlan } from '@shared/plan/plan'
import { feedsOf } from '@shared/runtime/ort'
import { tensorsOf } from '@shared/runtime/tensors'
import { compileSparkTrainingSet } from '@shared/sql/spark/trainingSet'
import type { Signature } from '@shared/training/run'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { openParser, parserPython } from '../spark/support'
import { testContext } from '../support/context'
import { python, pythonEnvironment, runPython } from './fixture'

const context = testContext({ sample: 'flights' })
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
afterAll(async () => {
  for (const service of [features, language, data]) await service.dispose()
  context.remove()
})

const runs = (role: 'row' | 'aggregate' | 'transform'): readonly Operator[] =>
  operatorsWith(role).filter(({ lowerings }) => lowerings.length > 0)

const nameOf = (role: 'row' | 'aggregate' | 'transform', operator: Operator): string =>
  `${role}_${runs(role).indexOf(operator)}`

/** The sample’s rows with every example that is no algorithm’s, each under a name of its own. */
const program = (): string => {
  const aggregates = runs('aggregate').map((operator) => {
    const window = operator.name === 'latest' ? '' : ' over 3h'
    const value = operator.result === 'bool' ? ' default false' : operator.result === 'string' ? ' default ""' : ''
    return `feature ${nameOf('aggregate', operator)} of airport = ${operator.example} from flights by origin${window}${value}`
  })
  const uses = [
    ...['distance', 'origin', 'destination'],
    ...runs('row').map((operator) => `${nameOf('row', operator)} = ${operator.example}`),
    ...runs('aggregate').map((operator) => `${nameOf('aggregate', operator)} by origin`),
  ]
  const lets = runs('transform').map((operator) => `${nameOf('transform', operator)} = ${operator.example}`)
  return `source flights = parquet("flights.parquet") {
  time date
  row (date, origin, destination)
}
entity airport(code: string)
${aggregates.join('\n')}
model walk {
  observe flights
  predict late = delay > 15
${uses.map((use) => `  use ${use}`).join('\n')}
${lets.map((one) => `  let ${one}`).join('\n')}
  let tree = decision_tree(distance)
  output p = probability(tree)
}
`
}

/** Where each operator ran, by operator. */
const ran = new Map<string, Set<string>>()
const tell = (operator: Operator, target: string): void => {
  ran.set(operator.name, (ran.get(operator.name) ?? new Set()).add(target))
}

let plan: ModelPlan
const file = (name: string): string => context.workspace.resolve(name)

beforeAll(async () => {
  const signal = new AbortController().signal
  await data.engine.copy(
    `select * from read_parquet('${file('data/flights.parquet')}') order by all limit 4000`,
    file('flights.parquet'),
    'parquet',
    { signal },
  )
  writeFileSync(file('walk.proml'), program())
  plan = await language.planOf('walk.proml')
  await features.buildTrainingSet(plan, { output: file('set.parquet'), signal })
})

test('every row function and aggregate runs in DuckDB over real rows', async () => {
  for (const role of ['row', 'aggregate'] as const)
    for (const operator of runs(role)) {
      const name = nameOf(role, operator)
      const [found] = await data.engine.rows(
        `select count(*) as rows, count("${name}") as known, count(distinct "${name}") as values from read_parquet('${file('set.parquet')}')`,
      )
      expect(Number(found?.rows), operator.name).toBe(4000)
      expect(Number(found?.known), operator.name).toBeGreaterThan(2000)
      expect(Number(found?.values), operator.name).toBeGreaterThan(0)
      tell(operator, 'duckdb')
    }
})

const parserOfSpark = parserPython()
if (parserOfSpark === null) console.warn('*** No sqlglot: nothing parses what the operators are on Spark.')

test.runIf(parserOfSpark)('every row function and aggregate is text for Spark that its parser takes', async () => {
  const parser = openParser(parserOfSpark ?? '')
  for (const role of ['row', 'aggregate'] as const)
    for (const operator of runs(role)) {
      const name = nameOf(role, operator)
      const alone = { ...plan, uses: plan.uses.filter((use) => use.name === name) }
      const said = await parser.parse(compileSparkTrainingSet(alone).statements)
      expect(
        said.map(({ error }) => error).filter((error) => error !== null),
        operator.name,
      ).toEqual([])
      tell(operator, 'spark')
    }
  await parser.end()
})

interface Walked {
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly types: Readonly<Record<string, 'int64' | 'string'>>
  readonly answers: Readonly<Record<string, readonly (readonly (number | null)[])[]>>
}

const walked = async (): Promise<Walked> => {
  const wanted = runs('transform').map((operator) => [
    nameOf('transform', operator),
    { op: operator.name, column: isOnSide(operator, 'feature') ? nameOf('row', operator) : null },
  ])
  writeFileSync(file('plan.json'), JSON.stringify(plan))
  writeFileSync(file('wanted.json'), JSON.stringify(Object.fromEntries(wanted)))
  const env = { ...process.env, ...pythonEnvironment }
  await runPython(python, [join(import.meta.dirname, 'walk.py'), context.workspace.root], { env })
  return JSON.parse(readFileSync(file('walk.json'), 'utf8'))
}

/** What float32 may round off. */
const tolerance = 2e-6

test('every transform answers as DuckDB, scikit-learn or numpy does, in the native engine and in WebAssembly', {
  timeout: 120_000,
}, async () => {
  const { inputs, types, answers } = await walked()
  const signature: Signature = {
    version: 1,
    model: 'walk',
    inputs: Object.keys(inputs).map((name) => ({
      name,
      tensor: types[name] ?? 'string',
      isNullable: false,
      example: null,
    })),
    outputs: [],
  }
  const columns = Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, [...values]]))
  const model = readFileSync(file('walk.onnx'))
  const native = await import('onnxruntime-node')
  const web = await import('onnxruntime-web')
  web.env.wasm.numThreads = 1
  const results = {
    'onnx native': await (await native.InferenceSession.create(model)).run(
      feedsOf(native.Tensor, tensorsOf(signature, columns)),
    ),
    'onnx wasm': await (await web.InferenceSession.create(model, { executionProviders: ['wasm'] })).run(
      feedsOf(web.Tensor, tensorsOf(signature, columns)),
    ),
  }
  for (const [engine, result] of Object.entries(results))
    for (const operator of runs('transform')) {
      const name = nameOf('transform', operator)
      const found = Array.from(result[`${name}_out`]?.data ?? [], Number)
      const expected = answers[name]?.flat() ?? []
      expect(found, `${operator.name} in ${engine}`).toHaveLength(expected.length)
      for (const [index, value] of expected.entries()) {
        const difference =
          value === null ? (Number.isNaN(found[index]) ? 0 : 1) : Math.abs((found[index] ?? 9e9) - value)
        expect(difference, `${operator.name} in ${engine} at ${index}`).toBeLessThanOrEqual(
          tolerance * Math.max(1, Math.abs(value ?? 0)),
        )
      }
      tell(operator, engine)
      if (operator.lowerings.includes('python')) tell(operator, 'python')
    }
})

test('and nothing is promised that was not walked', () => {
  const promised = new Set(
    ['row', 'aggregate', 'transform'].flatMap((role) => runs(role as 'row').map(({ name }) => name)),
  )
  expect(new Set(ran.keys())).toEqual(promised)
  for (const operator of [...runs('row'), ...runs('aggregate'), ...runs('transform')])
    for (const target of operator.lowerings.filter((one) => one !== 'spark' || parserOfSpark !== null))
      expect(
        [...(ran.get(operator.name) ?? [])].some((one) => one.startsWith(target)),
        `${operator.name} on ${target}`,
      ).toBe(true)
  console.log([...ran].map(([name, targets]) => `${name}: ${[...targets].join(', ')}`).join('\n'))
})
