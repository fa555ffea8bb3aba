import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StudioError } from '@shared/errors'
import { defaultLimits } from '@shared/onnx/limits'
import { readModel } from '@shared/onnx/model'
import { columnsOfResult, feedsOf } from '@shared/runtime/ort'
import { columnsOf, largestDifference, tensorsOf } from '@shared/runtime/tensors'
import { quoteText } from '@shared/sql/quote'
import type { Run } from '@shared/training/run'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { length, program, rows, writeChanged } from './posts'
import { call, openPosts } from './studio'

let studio: Awaited<ReturnType<typeof openPosts>>
let run: Run
let reference = ''

beforeAll(async () => {
  studio = await openPosts()
  run = await studio.train('liked')
  reference = `run:${run.id}`
}, 120_000)
afterAll(() => studio?.dispose())

const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => {
      throw new Error('It did not fail.')
    },
    (error: StudioError) => error,
  )

const score = async (path: string, output = 'scored.parquet', split: 'all' | 'test' = 'all') => {
  const request = { reference, path, output, split, log: split === 'test' }
  const { jobId } = await studio.runtime.handlers.predictFile(request, call)
  return studio.context.jobs.finished(jobId)
}

const scores = async (output: string): Promise<unknown[]> => {
  const path = studio.context.workspace.resolve(output)
  const found = await studio.data.engine.rows(
    `select liked_probability as p from read_parquet(${quoteText(path)}) order by id`,
  )
  return found.map(({ p }) => p)
}

describe('a model of vectors', () => {
  it('learns what only the vectors tell, and says how much of it each is', async () => {
    const without = await studio.train('liked_without')
    expect(run.metrics.test?.auc).toBeGreaterThan(0.9)
    expect(without.metrics.test?.auc).toBeLessThan(0.6)
    expect(run.features).toBe(3)
    expect(run.importance.map(({ name }) => name).sort()).toEqual(['taste', 'topic', 'words'])
    expect(Object.fromEntries(run.importance.map(({ name, value }) => [name, value > 0.2]))).toEqual({
      ...{ taste: true, topic: true, words: false },
    })
    expect(run.parity).toBeLessThanOrEqual(1e-5)
  })

  it('is one ONNX input of shape [rows, 8], which the signature says', async () => {
    const { onnx, signature, golden } = await studio.runtime.handlers.model({ reference }, call)
    const inputs = readModel(new Uint8Array(onnx), defaultLimits).graph?.inputs ?? []
    expect(inputs.map(({ name, dims }) => [name, Number(dims.at(-1))])).toEqual([
      ['words', 1],
      ['topic', length],
      ['taste', length],
    ])
    expect(signature.inputs).toMatchObject([
      { name: 'words', tensor: 'int64', isNullable: false },
      { name: 'topic', tensor: 'float32', width: length, isNullable: true },
      { name: 'taste', tensor: 'float32', width: length, isNullable: false },
    ])
    expect(signature.inputs[1]?.example).toHaveLength(length)
    const topics = golden.inputs.topic ?? []
    expect(topics.filter((topic) => topic !== null && (!Array.isArray(topic) || topic.length !== length))).toEqual([])
    // Some of the golden rows lack their vector, and are answered all the same.
    expect(topics).toContain(null)
  })

  it('is answered alike by the native engine and by WebAssembly, to 1e-5', async () => {
    const native = await studio.runtime.agreementOf(reference)
    expect(native.rows).toBeGreaterThan(50)
    expect(native.maxDifference).toBeLessThanOrEqual(1e-5)
    const ort = await import('onnxruntime-web')
    ort.env.wasm.numThreads = 1
    const { onnx, signature, golden } = await studio.runtime.handlers.model({ reference }, call)
    const session = await ort.InferenceSession.create(onnx, { executionProviders: ['wasm'] })
    const result = await session.run(feedsOf(ort.Tensor, tensorsOf(signature, golden.inputs)))
    const outputs = columnsOf(signature, columnsOfResult(result), native.rows)
    expect(largestDifference(golden.outputs, outputs)).toBeLessThanOrEqual(1e-5)
    expect((await studio.runtime.latencyOf(reference)).p50Ms).toBeGreaterThan(0)
  })

  it('has a training set whose vectors are whole or null: without one of its numbers there is none', async () => {
    const path = join(studio.training.runFolder(run.id), 'training-set.parquet')
    const [counted] = await studio.data.engine.rows(
      `select count(*) as n, count(topic) as known, count(*) filter (where len(topic) <> ${length} or list_contains(list_transform(topic, lambda x: isfinite(x)), false)) as broken,
         count(taste) as tastes, any_value(typeof(topic)) as type from read_parquet(${quoteText(path)})`,
    )
    const ids = Array.from({ length: rows }, (_, id) => id)
    const missing = ids.filter((id) => id % 40 === 7 || [3, 4, 5].includes(id % 41)).length
    expect(counted).toEqual({ n: rows, known: rows - missing, broken: 0, tastes: rows, type: 'FLOAT[]' })
    const log = readFileSync(join(studio.training.runFolder(run.id), 'log.txt'), 'utf8')
    expect(log).toContain(`\`topic\` is missing, or lacks one of its numbers, in ${missing} of 4,000 rows`)
  })

  it('refuses an algorithm that takes nothing missing, in the program', async () => {
    const text = program.replace('boosted_trees(topic', 'logistic(topic').replace(', depth: 4, rounds: 60', '')
    expect(await failure(studio.train('liked', text))).toMatchObject({ code: 'language_errors' })
  })
})

describe('running a model of vectors', () => {
  const predict = (topic: unknown, taste: unknown = Array(length).fill(0.5)) =>
    studio.runtime.handlers.predict(
      { reference, rows: { words: [100], topic: [topic], taste: [taste] } as never, deadlineMs: 10_000, log: false },
      call,
    )

  it('takes one row as a list of numbers, and a missing vector as null', async () => {
    const liked = await predict(Array(length).fill(0.5))
    const not = await predict(Array(length).fill(-0.5))
    const missing = await predict(null)
    const [a, b, c] = [liked, not, missing].map(({ outputs }) => Number(outputs.liked_probability?.[0]))
    expect(a).toBeGreaterThan(0.8)
    expect(b).toBeLessThan(0.2)
    expect(c).toBeGreaterThan(0)
  })

  it('refuses a vector of another length, one that lacks a number, and what is none', async () => {
    const hint = 'Give a list of 8 numbers, or null where the vector is missing.'
    const cases: [topic: unknown, message: string][] = [
      [[1, 2, 3], 'Input `topic` has 3 numbers, not 8, in row 1.'],
      [[1, 2, 3, null, 5, 6, 7, 8], 'Input `topic` has no number in place 4 in row 1.'],
      [[1, 2, 3, 4, 5, 6, 7, Number.NaN], 'Input `topic` has no number in place 8 in row 1.'],
      [[1, 2, 3, 4, 5, 6, 7, 1e300], 'Input `topic` has no number in place 8 in row 1.'],
      [0.5, 'Input `topic` is no list in row 1.'],
    ]
    for (const [topic, message] of cases)
      expect(await failure(predict(topic))).toMatchObject({ code: 'invalid_input', message, hint })
    const error = await failure(predict(null, null))
    expect(error).toMatchObject({ message: 'Input `taste` is null in row 1.', hint: 'Give a list of 8 numbers.' })
    const words = { words: [[1]], topic: [null], taste: [Array(length).fill(0)] }
    expect(
      await failure(studio.runtime.handlers.predict({ reference, rows: words, deadlineMs: 10_000, log: false }, call)),
    ).toMatchObject({ message: 'Input `words` is a list in row 1.' })
  })

  it('scores a file as it scores its own test rows, and rows without a vector too', async () => {
    const made = await score('', 'test.parquet', 'test')
    expect(made).toMatchObject({ rows: run.rows?.test })
    await score('data/posts.parquet', 'all.parquet')
    const [all, test] = [await scores('all.parquet'), await scores('test.parquet')]
    expect(all).toHaveLength(rows)
    expect(all.slice(-test.length)).toEqual(test)
    await writeChanged(studio.data.engine, studio.folder, 'without.parquet', 'null::double[]')
    await score('data/without.parquet', 'without.parquet')
    expect((await scores('without.parquet')).every((p) => typeof p === 'number' && Number.isFinite(p))).toBe(true)
  })

  it('says which column of a file holds vectors of another length, and that one holds none', async () => {
    await writeChanged(studio.data.engine, studio.folder, 'short.parquet', 'if(id = 9, topic[:3], topic)')
    expect(await failure(score('data/short.parquet'))).toMatchObject({
      ...{ code: 'invalid_input', message: 'A vector of `topic` has 3 numbers, not 8.', place: { column: 'topic' } },
    })
    for (const [type, topic] of [
      ['VARCHAR', "'a text'"],
      ['BIGINT', 'id'],
    ] as const) {
      await writeChanged(studio.data.engine, studio.folder, 'other.parquet', topic)
      expect(await failure(score('data/other.parquet'))).toMatchObject({
        ...{ code: 'invalid_input', message: `A column that should hold vectors is of type ${type}.` },
      })
    }
    expect(existsSync(studio.context.workspace.resolve('scored.parquet'))).toBe(false)
  })

  it('reads vectors that a CSV file holds as texts', async () => {
    await writeChanged(studio.data.engine, studio.folder, 'few.parquet', 'topic')
    await score('data/few.parquet', 'few.parquet')
    const few = quoteText(studio.context.workspace.resolve('data/few.parquet'))
    const csv = studio.context.workspace.resolve('data/few.csv')
    await studio.data.engine.copy(`select * replace (topic::varchar as topic) from read_parquet(${few})`, csv, 'csv')
    await score('data/few.csv', 'same.parquet')
    expect(await scores('same.parquet')).toEqual(await scores('few.parquet'))
    const broken = readFileSync(csv, 'utf8').replace(/"\[[^,]*,/, '"[1.5 m,')
    writeFileSync(csv, broken)
    expect(await failure(score('data/few.csv'))).toMatchObject({
      code: 'invalid_input',
      message: '`1.5 m` stands where a number is expected.',
      hint: 'Mend it in the file: a number is written as `0.1`, and a vector as `[0.1, 0.2]`.',
    })
  })

  it('says of a source whose vectors are not as long as the program says, before anything is trained', async () => {
    const wrong = program
      .replace('namespace posts', 'namespace wrong')
      .replace('topic: vector[8]', 'topic: vector[5]')
      .replace('cosine(filled, taste)', 'l2_normalize(filled)')
    writeFileSync(studio.context.workspace.resolve('wrong.proml'), wrong)
    const { jobId } = await studio.training.handlers.start({ path: 'wrong.proml', model: 'liked' }, call)
    expect(await failure(studio.context.jobs.finished(jobId))).toMatchObject({
      message: 'A vector of `topic` has 8 numbers, not 5.',
      hint: 'Write the length that the data has, or leave those rows out.',
    })
  })
})

describe('watching a model of vectors', () => {
  const report = () => studio.health.handlers.report({ reference }, call)
  const log = (topic: number[] | null, count: number) =>
    studio.runtime.handlers.predict(
      {
        reference,
        rows: {
          words: Array(count).fill(100),
          topic: Array.from({ length: count }, () => topic),
          taste: Array.from({ length: count }, () => Array(length).fill(0.1)),
        },
        deadlineMs: 10_000,
        log: true,
      },
      call,
    )

  it('compares how far vectors lie from the mean of training, and how often they are missing', async () => {
    const before = await report()
    const topic = before.inputs.find(({ name }) => name === 'topic')
    expect(topic).toMatchObject({
      ...{ kind: 'numeric', verdict: 'good', measure: 'how far each vector lies from the mean of those in training' },
    })
    expect(topic?.psi).toBeLessThan(0.1)
    expect(topic?.ks).toBeLessThan(0.1)
    expect(topic?.baselineNullShare).toBeCloseTo(0.096, 2)
    // Nothing of it is lost where the same rows come again.
    expect(before.rows).toBe(run.rows?.test)
  })

  it('notices vectors that lie elsewhere, and such as are missing', async () => {
    await log(Array(length).fill(3), 400)
    await log(null, 400)
    const topic = (await report()).inputs.find(({ name }) => name === 'topic')
    expect(topic?.verdict).toBe('bad')
    expect(topic?.reasons.join('; ')).toMatch(/PSI .* is above 0.2; nulls 9.7 % → /)
  })
})

describe('vectors at their edges', () => {
  it('may have one number, be the same in all rows, be whole numbers, or be missing in all rows', async () => {
    await studio.data.engine.copy(
      `select id, "at", liked, [case when liked then 1.0 else 0.0 end + id % 3] as "one", [2.5, -1] as "same", [id % 5, words] as "whole", null::double[] as "none"
       from read_parquet(${quoteText(`${studio.folder}/posts.parquet`)})`,
      `${studio.folder}/edges.parquet`,
      'parquet',
    )
    const schema = 'schema (one: vector[1], same: vector[2], whole: vector[2], none: vector[3])'
    writeFileSync(
      studio.context.workspace.resolve('edges.proml'),
      `namespace edges
source edges = parquet("data/edges.parquet") { time at  row (id)  ${schema} }
model m {
  observe edges
  predict yes = liked
  use one
  use same
  use whole
  use none
  let gbt = boosted_trees(one, standardize(same), whole, none, is_null(none), depth: 3, rounds: 20)
  output p = probability(gbt)
}
`,
    )
    const { jobId, runId } = await studio.training.handlers.start({ path: 'edges.proml', model: 'm' }, call)
    await studio.context.jobs.finished(jobId)
    const edges = `run:${runId}`
    expect((await studio.training.readRun(runId)).metrics.test?.auc).toBeGreaterThan(0.7)
    const { signature, golden } = await studio.runtime.handlers.model({ reference: edges }, call)
    expect(signature.inputs.map(({ name, width, example }) => [name, width, example])).toMatchObject([
      ['one', 1, [expect.any(Number)]],
      ['same', 2, [2.5, -1]],
      ['whole', 2, [expect.any(Number), expect.any(Number)]],
      ['none', 3, null],
    ])
    expect(golden.inputs.none?.every((cell) => cell === null)).toBe(true)
    expect((await studio.runtime.agreementOf(edges)).maxDifference).toBeLessThanOrEqual(1e-5)
    const request = { reference: edges, path: '', output: 'edges.parquet', split: 'test', log: true } as const
    await studio.context.jobs.finished((await studio.runtime.handlers.predictFile(request, call)).jobId)
    const report = await studio.health.handlers.report({ reference: edges }, call)
    expect(report.inputs.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['one', 'good'],
      ['same', 'good'],
      ['whole', 'good'],
      // As it was in training, and still worth a word.
      ['none', 'bad'],
    ])
    expect(report.inputs[3]?.reasons).toEqual(['every value is null'])
  })
})
