import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type {
  CallHierarchyItem,
  DocumentSymbol,
  Location,
  TextEdit,
  WorkspaceSymbol,
} from 'vscode-languageserver-types'
import { type ClientOptions, startClient, type TestClient } from './client'

/** Features in one file, the model that uses them in the one that is open, another namespace in a third. */
const features = `namespace flights

source flights = parquet("data/flights.parquet") {
  time date
  row (date, origin, destination)
}
source airports = csv("data/airports.csv")
entity airport(code: string)

/// Mean delay of three hours.
feature delay_3h: float of airport = mean(delay) from flights by origin over 3h  default 0
feature is_late = delay_3h > 15
`
const derived = `namespace flights

feature relief: float of airport = 0 - delay_3h
`
const stranger = `namespace trains

source flights = parquet("data/flights.parquet") { time date }
entity airport(code: string)
feature delay_3h: float of airport = mean(delay) from flights by origin over 1h
`
const model = `namespace flights

model late {
  observe flights
  predict late = delay > 15
  use distance
  use here = delay_3h by origin
  use relief by origin
  let far = standardize(distance)
  let tree = boosted_trees(far, here, relief)
  output p = probability(tree)
}
`
const files = { 'parts/features.proml': features, 'derived.proml': derived, 'trains.proml': stranger }

let client: TestClient | null = null
afterEach(async () => {
  await client?.end()
  client = null
})
const start = async (options: ClientOptions = {}): Promise<TestClient> => {
  client = await startClient({ files, ...options })
  return client
}
const mark = (before: string): string => model.replace(before, `${before}‸`)

/** The words that locations stand on, by file. */
const wordsAt = (locations: readonly Location[], uriOf: TestClient['uriOf']): string[] => {
  const texts = new Map(
    Object.entries({ ...files, 'flights.proml': model }).map(([path, text]) => [uriOf(path), [path, text]]),
  )
  return locations
    .map(({ uri, range }) => {
      const [path, text] = texts.get(uri) ?? ['', '']
      const word = text?.split('\n')[range.start.line]?.slice(range.start.character, range.end.character)
      return `${path}:${range.start.line} ${word}`
    })
    .sort()
}

describe('in files that are not open', () => {
  test('names are declared, so that a program of several files has no problems', async () => {
    const { check } = await start()
    expect((await check(model)).diagnostics).toEqual([])
  })

  test('problems are published, and withdrawn when the file is mended or gone', async () => {
    const { published, root, connection, uriOf } = await start({
      files: { ...files, 'bad.proml': 'namespace flights\nfeature odd: float of airport = nothing + 1\n' },
    })
    const told = await published('bad.proml', ({ diagnostics }) => diagnostics.some(({ severity }) => severity === 1))
    expect(told.diagnostics.map(({ message }) => message).join()).toContain('nothing')
    rmSync(join(root, 'bad.proml'))
    await connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf('bad.proml'), type: 3 }],
    })
    await published('bad.proml', ({ diagnostics }) => diagnostics.length === 0)
  })

  test('what changes on disk is seen', async () => {
    const { check, published, root, connection, uriOf } = await start()
    await check(model)
    writeFileSync(join(root, 'derived.proml'), derived.replace('relief', 'calm'))
    await connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf('derived.proml'), type: 2 }],
    })
    const told = await published('flights.proml', ({ diagnostics }) => diagnostics.length > 0)
    expect(told.diagnostics[0]?.message).toContain('relief')
  })

  test('a definition is found, of a feature and of the source of a column', async () => {
    const { at, uriOf } = await start()
    const feature = await at<Location>('textDocument/definition', mark('here = delay'))
    expect(wordsAt([feature], uriOf)).toEqual(['parts/features.proml:10 delay_3h'])
    const column = await at<Location>('textDocument/definition', mark('use dist'))
    expect(wordsAt([column], uriOf)).toEqual(['parts/features.proml:2 flights'])
    const entity = await at<Location>('textDocument/typeDefinition', mark('here = delay'))
    expect(wordsAt([entity], uriOf)).toEqual(['parts/features.proml:7 airport'])
  })

  test('references are found, and none of another namespace', async () => {
    const { at, uriOf } = await start()
    const all = await at<Location[]>('textDocument/references', mark('here = delay'), {
      context: { includeDeclaration: true },
    })
    expect(wordsAt(all, uriOf)).toEqual([
      'derived.proml:2 delay_3h',
      'flights.proml:6 delay_3h',
      'parts/features.proml:10 delay_3h',
      'parts/features.proml:11 delay_3h',
    ])
    const uses = await at<Location[]>('textDocument/references', mark('here = delay'), {
      context: { includeDeclaration: false },
    })
    expect(uses).toHaveLength(3)
  })

  test('a column’s references are found in every file that reads its source', async () => {
    const { at, uriOf } = await start()
    const all = await at<Location[]>('textDocument/references', mark('late = del'), {
      context: { includeDeclaration: true },
    })
    expect(wordsAt(all, uriOf)).toEqual(['flights.proml:4 delay', 'parts/features.proml:10 delay'])
  })

  test('a rename changes every file that means the name, and no other', async () => {
    const { at, uriOf } = await start()
    const { changes } = await at<{ changes: Record<string, TextEdit[]> }>('textDocument/rename', mark('here = delay'), {
      newName: 'delay_now',
    })
    expect(Object.fromEntries(Object.entries(changes).map(([uri, edits]) => [uri, edits.length]))).toEqual({
      [uriOf('parts/features.proml')]: 2,
      [uriOf('derived.proml')]: 1,
      [uriOf('flights.proml')]: 1,
    })
  })

  test('a rename of a feature used by its own name follows it through the lets', async () => {
    const { at, uriOf } = await start()
    const { changes } = await at<{ changes: Record<string, TextEdit[]> }>('textDocument/rename', mark('use relief'), {
      newName: 'ease',
    })
    expect(changes[uriOf('flights.proml')]).toHaveLength(2)
    expect(changes[uriOf('derived.proml')]).toHaveLength(1)
  })

  test('a rename onto a name that any of the files has is refused', async () => {
    const { at } = await start()
    await expect(at('textDocument/rename', mark('use relief'), { newName: 'delay_3h' })).rejects.toThrow(
      /already the name/,
    )
    await expect(at('textDocument/rename', mark('use relief'), { newName: 'far' })).rejects.toThrow(/already the name/)
  })

  test('features are offered to a use, and described by the file that declares them', async () => {
    const { at, connection } = await start()
    const items = await at<{ label: string; documentation?: unknown }[]>('textDocument/completion', mark('use '))
    const item = items.find(({ label }) => label === 'delay_3h')
    expect(item).toMatchObject({ detail: 'feature · float' })
    expect(item?.documentation).toBeUndefined()
    expect(await connection.sendRequest('completionItem/resolve', item)).toMatchObject({
      documentation: { value: 'Mean delay of three hours.' },
    })
  })

  test('symbols are found by the letters of their names', async () => {
    const { check, connection } = await start()
    await check(model)
    const named = async (query: string) =>
      (await connection.sendRequest<WorkspaceSymbol[]>('workspace/symbol', { query })).map(
        ({ name, containerName }) => `${name} in ${containerName}`,
      )
    expect(await named('relief')).toEqual(['relief in derived.proml'])
    expect(await named('dl3')).toEqual(['delay_3h in parts/features.proml', 'delay_3h in trains.proml'])
    expect(await named('nowhere')).toEqual([])
  })
})

describe('with imports', () => {
  const shop = `namespace shop

import airport, delay_3h from "parts/features.proml"
import flights as departures, delay_3h as old from "trains.proml"

feature doubled: float of airport = delay_3h * 2
`
  const till = `namespace shop

model buy {
  observe departures
  predict late = delay > 15
  use doubled by origin
  use now = delay_3h by origin
  use slow = old by origin
  output p = probability(logistic(doubled, now, slow))
}
`
  const more = { ...files, 'shop.proml': shop }
  const shopMark = (before: string): string => till.replace(before, `${before}‸`)
  const counts = (changes: Record<string, TextEdit[]>, { uriOf }: TestClient) =>
    Object.fromEntries(
      Object.keys({ ...more, 'flights.proml': '' }).flatMap((path) => {
        const edits = changes[uriOf(path)]
        return edits ? [[path, edits.length]] : []
      }),
    )
  const rename = async (marked: string, newName: string) => {
    const started = await start({ files: more })
    const { changes } = await started.at<{ changes: Record<string, TextEdit[]> }>('textDocument/rename', marked, {
      newName,
    })
    return counts(changes, started)
  }

  test('a definition leads into the other namespace', async () => {
    const { at, uriOf } = await start({ files: more })
    const feature = await at<Location>('textDocument/definition', shopMark('now = delay'))
    expect(wordsAt([feature], uriOf)).toEqual(['parts/features.proml:10 delay_3h'])
    const renamed = await at<Location>('textDocument/definition', shopMark('slow = ol'))
    expect(wordsAt([renamed], uriOf)).toEqual(['trains.proml:4 delay_3h'])
  })

  test('a rename follows the import, and through it every file of that namespace', async () => {
    expect(await rename(shopMark('now = delay'), 'lateness')).toEqual({
      'parts/features.proml': 2,
      'derived.proml': 1,
      'shop.proml': 2,
      'flights.proml': 1,
    })
  })

  test('a name that an import gives is renamed where it is given, and not where it is declared', async () => {
    expect(await rename(shopMark('slow = ol'), 'older')).toEqual({ 'shop.proml': 1, 'flights.proml': 1 })
  })

  test('what an import calls otherwise keeps that name when it is renamed where it is declared', async () => {
    const { 'trains.proml': trains, ...others } = more
    const started = await start({
      files: { ...others, 'till.proml': till, 'shop.proml': shop.replace('trains.proml', 'flights.proml') },
    })
    const opened = trains.replace('feature delay', 'feature delay‸')
    const { changes } = await started.at<{ changes: Record<string, TextEdit[]> }>('textDocument/rename', opened, {
      newName: 'train_delay',
    })
    expect(counts(changes, started)).toEqual({ 'shop.proml': 1, 'flights.proml': 1 })
  })

  test('references are found on both sides', async () => {
    const { at } = await start({ files: more })
    const all = await at<Location[]>('textDocument/references', shopMark('slow = ol'), {
      context: { includeDeclaration: true },
    })
    expect(all.map(({ uri, range }) => `${uri.split('/').at(-1)}:${range.start.line}`).sort()).toEqual([
      'flights.proml:7',
      'shop.proml:3',
      'shop.proml:3',
      'trains.proml:4',
    ])
  })

  test('what is imported is offered, and so are the files and what they declare', async () => {
    const { at } = await start({ files: more })
    const labels = async (marked: string) =>
      (await at<{ label: string }[]>('textDocument/completion', marked)).map(({ label }) => label)
    expect(await labels(shopMark('use '))).toEqual(expect.arrayContaining(['delay_3h', 'old', 'doubled', 'delay']))
    expect(await labels('namespace shop\nimport ‸ from "trains.proml"\n')).toEqual(['flights', 'airport', 'delay_3h'])
    expect(await labels('namespace shop\nimport delay_3h from "‸"\n')).toEqual([
      'derived.proml',
      'parts/features.proml',
      'trains.proml',
    ])
  })

  test('a feature counts the models of the namespaces that import it', async () => {
    const { check, at } = await start({ files: { ...more, 'till.proml': till } })
    await check(model)
    const hover = await at<{ contents: { value: string } }>('textDocument/hover', mark('here = delay'))
    expect(hover.contents.value).toContain('Used by `late`, `buy`.')
  })
})

describe('lineage', () => {
  const follow = async ({ at, connection }: TestClient, before: string, direction: 'incoming' | 'outgoing') => {
    const [item] = await at<CallHierarchyItem[]>('textDocument/prepareCallHierarchy', mark(before))
    const calls = await connection.sendRequest<{ to?: CallHierarchyItem; from?: CallHierarchyItem }[]>(
      `callHierarchy/${direction}Calls`,
      { item },
    )
    return calls.flatMap(({ to, from }) => [to ?? from].map((each) => `${each?.detail} ${each?.name}`)).sort()
  }

  test('leads from an output to the sources, across files', async () => {
    const started = await start()
    expect(await follow(started, 'output p', 'outgoing')).toEqual(['let · late · flights.proml tree'])
    expect(await follow(started, 'let tr', 'outgoing')).toEqual([
      'feature · derived.proml relief',
      'let · late · flights.proml far',
      'use · late · flights.proml here',
    ])
    expect(await follow(started, 'here = delay', 'outgoing')).toEqual([
      'entity · parts/features.proml airport',
      'source · parts/features.proml flights',
    ])
  })

  test('leads from a feature to everything that reads it, across files', async () => {
    const started = await start()
    expect(await follow(started, 'here = delay', 'incoming')).toEqual([
      'feature · derived.proml relief',
      'feature · parts/features.proml is_late',
      'use · late · flights.proml here',
    ])
    expect(await follow(started, 'use he', 'incoming')).toEqual(['let · late · flights.proml tree'])
  })
})

describe('for an editor that asks for problems', () => {
  const capabilities = { textDocument: { diagnostic: {} } }

  test('they are answered for a document, and an unchanged answer is not sent twice', async () => {
    const { check, connection, uri } = await start({ capabilities })
    await check(model.replace('standardize', 'standardise'))
    const first = await connection.sendRequest<{ resultId: string; items: { code: string }[] }>(
      'textDocument/diagnostic',
      {
        textDocument: { uri },
      },
    )
    expect(first.items.map(({ code }) => code)).toContain('PML1106')
    const second = await connection.sendRequest('textDocument/diagnostic', {
      textDocument: { uri },
      previousResultId: first.resultId,
    })
    expect(second).toEqual({ kind: 'unchanged', resultId: first.resultId })
  })

  test('they are answered for the whole workspace', async () => {
    const { connection, uriOf } = await start({
      capabilities,
      files: { ...files, 'bad.proml': 'feature odd: float of airport = nothing + 1\n' },
    })
    const { items } = await connection.sendRequest<{ items: { uri: string; items: unknown[] }[] }>(
      'workspace/diagnostic',
      {
        previousResultIds: [{ uri: uriOf('gone.proml'), value: '1' }],
      },
    )
    const counts = Object.fromEntries(items.map((each) => [each.uri, each.items.length]))
    expect(Object.keys(counts).sort()).toEqual([...Object.keys(files), 'bad.proml', 'gone.proml'].map(uriOf).sort())
    expect(counts[uriOf('bad.proml')]).toBeGreaterThan(0)
    expect(counts[uriOf('gone.proml')]).toBe(0)
  })
})

test('symbols of a document hold those inside it', async () => {
  const { check, connection, uri } = await start()
  await check(model)
  const [found] = await connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', {
    textDocument: { uri },
  })
  expect(found?.children?.map(({ name, detail }) => `${detail} ${name}`)).toEqual([
    'label late',
    'use distance',
    'use here',
    'use relief',
    'let far',
    'let tree',
    'output p',
  ])
})
