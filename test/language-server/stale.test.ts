import type { TableSchema } from '@shared/data/profile'
import { StudioError } from '@shared/errors'
import { filesChangedNotification } from '@shared/language/server/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import type { Diagnostic } from 'vscode-languageserver-types'
import { type ClientOptions, sampleSchemas, startClient, type TestClient } from './client'

let client: TestClient | null = null
afterEach(async () => {
  await client?.end()
  client = null
})
const start = async (options: ClientOptions = {}): Promise<TestClient> => {
  client = await startClient(options)
  return client
}
const words = ({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): string =>
  diagnostics.map(({ message }) => message).join('\n')

describe('a document that is opened again', () => {
  test('is checked as it is now, also where its version begins anew', async () => {
    const { connection, published, uriOf } = await start()
    const open = async (text: string): Promise<void> =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri: uriOf('a.proml'), languageId: 'proml', version: 1, text },
      })
    await open('feature one = nothing + 1\n')
    await published('a.proml', (told) => words(told).includes('nothing'))
    await connection.sendNotification('textDocument/didClose', { textDocument: { uri: uriOf('a.proml') } })
    await open('feature one = something + 1\n')
    await published('a.proml', (told) => words(told).includes('something'))
  })
})

describe('columns', () => {
  const airports = sampleSchemas['data/airports.csv'] as TableSchema
  const renamed: TableSchema = {
    ...airports,
    columns: airports.columns.map((one) => ({ ...one, name: `${one.name}2` })),
  }
  const read = (source: string): string => `source airports = ${source}\nfeature place = name from airports\n`

  test.each([
    ['a file with arguments', 'csv("data/airports.csv", bad_rows: "skip")', 'data/airports.csv'],
    ['a glob with arguments', 'csv("data/air*.csv", decimal: ",")', 'data/airports.csv'],
    ['a table of a database', 'sqlite("data/shop.db", table: "orders")', 'data/shop.db'],
    ['a file whose folder was put in place of another', 'csv("data/airports.csv")', 'data'],
    ['a file, where too much changed to be named', 'csv("data/airports.csv")', ''],
    ['a dataframe that was copied', 'notebook("df")', 'notebook:a.ipynb?name=df'],
  ])('are read again of %s', async (_, source, changed) => {
    let schema = airports
    const { check, connection, published } = await start({ schemaOf: async () => schema })
    expect(words(await check(read(source)))).not.toContain('no column')
    schema = renamed
    await connection.sendNotification(filesChangedNotification, { paths: [changed] })
    await published('flights.proml', (told) => words(told).includes('name2'))
  })
})

describe('a source that cannot be read', () => {
  test('is told with what to do about it', async () => {
    const { check } = await start({
      schemaOf: async () => {
        throw new StudioError('not_found', 'There is no copy of the dataframe `df`.', { hint: 'Run the notebook.' })
      },
    })
    const told = words(await check('source a = notebook("df")\n'))
    expect(told).toContain('There is no copy of the dataframe `df`.')
    expect(told).toContain('Run the notebook.')
    expect(told).not.toContain('Check that the file is there')
  })
})

describe('a feature set that is not here', () => {
  const importing = 'import far from "flights@1.0.0"\n'
  const program = `source flights = parquet("data/flights.parquet") { time date }
model m {
  observe flights
  predict late = delay > 15
  use away = far by origin
  let a = logistic(standardize(away))
  output p = probability(a)
}
`

  test('is asked for again when something came', async () => {
    let isHere = false
    const { check, connection, published } = await start({
      featureSet: async () =>
        isHere
          ? [
              {
                path: 'f.proml',
                text: 'source f = parquet("data/flights.parquet") { time date }\nentity airport(code: string)\nfeature far: float of airport = mean(distance) from f by origin over 3h default 0\n',
              },
            ]
          : null,
    })
    expect(words(await check(importing + program))).toContain('flights@1.0.0')
    isHere = true
    await connection.sendNotification(filesChangedNotification, { paths: [] })
    await published('flights.proml', (told) => !words(told).includes('flights@1.0.0'))
  })

  test('leaves a name unknown once it is no longer imported', async () => {
    const { check } = await start()
    expect(words(await check(importing + program))).not.toContain('`far`')
    expect(words(await check(importing.replace('far', 'near') + program))).toContain('`far`')
  })

  test('leaves a name unknown that it turns out not to have', async () => {
    let bring: (files: { path: string; text: string }[]) => void = () => {}
    const { check, published } = await start({ featureSet: () => new Promise((resolve) => (bring = resolve)) })
    expect(words(await check(importing + program))).not.toContain('`far`')
    bring([{ path: 'f.proml', text: 'entity airport(code: string)\n' }])
    await published('flights.proml', ({ diagnostics }) => diagnostics.some(({ code }) => code === 'PML1102'))
  })
})
