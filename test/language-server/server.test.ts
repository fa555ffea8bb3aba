import type { FeatureGraph } from '@shared/graph/graph'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleText } from '../graph/sample'
import { startClient, type TestClient } from './client'

let client: TestClient
beforeAll(async () => {
  client = await startClient()
})
afterAll(() => client.end())

/** Puts the mark right after the first place of `before`. */
const mark = (before: string, text = sampleText): string => text.replace(before, `${before}‸`)

const labels = async (marked: string): Promise<string[]> => {
  const items = await client.at<{ label: string; sortText?: string }[]>('textDocument/completion', marked)
  return items.map(({ label }) => label)
}

describe('problems', () => {
  test('a clean program has none', async () => {
    expect((await client.check(sampleText)).diagnostics.filter(({ severity }) => severity === 1)).toEqual([])
  })

  test('a mistake is published with its code at its place', async () => {
    const { diagnostics } = await client.check(sampleText.replace('lag 15m', 'lag 15q'))
    expect(diagnostics).toContainEqual(
      expect.objectContaining({
        code: 'PML1007',
        range: { start: { line: 14, character: 51 }, end: { line: 14, character: 54 } },
      }),
    )
  })

  test('a column that the file does not have is named', async () => {
    const { diagnostics } = await client.check(sampleText.replace('mean(delay) from', 'mean(delai) from'))
    expect(diagnostics.map(({ message }) => message).join('\n')).toContain('delai')
  })

  test('a fix of a problem is offered as a code action', async () => {
    const text = sampleText.replace('mean(delay) from', 'mean(delai) from')
    await client.check(text)
    const line = text.slice(0, text.indexOf('delai')).split('\n').length - 1
    const actions = await client.connection.sendRequest<
      { title: string; edit: { changes: Record<string, { newText: string }[]> } }[]
    >('textDocument/codeAction', {
      textDocument: { uri: client.uri },
      range: { start: { line, character: 0 }, end: { line, character: 60 } },
      context: { diagnostics: [] },
    })
    expect(actions.flatMap(({ edit }) => edit.changes[client.uri]?.map(({ newText }) => newText))).toContain('delay')
  })
})

describe('completion', () => {
  test('offers the columns of the real file inside an aggregate', async () => {
    const found = await labels(mark('= mean('))
    expect(found).toEqual(expect.arrayContaining(['delay', 'distance', 'origin']))
    expect(found).not.toContain('latitude')
  })

  test('offers the keys of the source after by', async () => {
    expect(await labels(mark('from airports by '))).toEqual(['iata', 'name', 'latitude', 'longitude'])
  })

  test('offers sources after from, entities after of, types after a colon', async () => {
    expect(await labels(mark('count() from '))).toEqual(['flights', 'airports'])
    expect(await labels(mark('feature airport_lat: float of '))).toEqual(['airport', 'route'])
    expect(await labels(mark('feature airport_lat: '))).toContain('float')
  })

  test('offers columns and features to use', async () => {
    expect(await labels(mark('  use weekday    = weekday(date)\n  use '))).toEqual(
      expect.arrayContaining(['distance', 'busy', 'airport_lat']),
    )
  })

  test('offers the model’s own names and the operator’s parameters to a let', async () => {
    const found = await labels(mark('let port   = one_hot('))
    expect(found).toEqual(expect.arrayContaining(['max:', 'origin', 'distance', 'busy', 'standardize']))
    expect(found).not.toContain('delay')
  })

  test('offers statements in a model, declarations outside, and nothing in a comment or a text', async () => {
    expect(await labels(mark('use origin\n'))).toEqual(expect.arrayContaining(['use', 'let', 'output', 'train']))
    expect(await labels('namespace a\n‸')).toEqual(expect.arrayContaining(['source', 'feature', 'model']))
    expect(await labels('\n‸')).toContain('feature')
    expect(await labels(mark('/// One row'))).toEqual([])
    expect(await labels(mark('csv("data/air'))).toEqual([])
  })

  test('works in a program that does not parse yet', async () => {
    expect(await labels('source s = csv("data/airports.csv")\nfeature f = mean(‸')).toEqual(
      expect.arrayContaining(['latitude', 'mean']),
    )
  })
})

describe('hover', () => {
  const hover = async (before: string): Promise<string> =>
    (await client.at<{ contents: { value: string } } | null>('textDocument/hover', mark(before)))?.contents.value ?? ''

  test('tells an operator’s signature and what it does', async () => {
    expect(await hover('let far    = standard')).toContain('standardize(')
  })

  test('tells a feature’s documentation and definition', async () => {
    const text = await hover('use from_delay = airport_de')
    expect(text).toContain('Mean delay of the departures')
    expect(text).toContain('over 3h lag 15m')
  })

  test('tells a column’s type in the file', async () => {
    expect(await hover('latest(latit')).toContain('float (`DOUBLE`')
  })

  test('tells an inferred type', async () => {
    expect(await hover('feature airport_traf')).toContain('int')
    expect(await hover('use hou')).toContain('int')
  })
})

describe('names', () => {
  test('go to where they are declared', async () => {
    const place = await client.at<{ range: { start: { line: number } } }>(
      'textDocument/definition',
      mark('use to_delay   = airport'),
    )
    expect(place.range.start.line).toBe(13)
  })

  test('are found and renamed at every place', async () => {
    const marked = mark('feature airport_delay')
    const places = await client.at<unknown[]>('textDocument/references', marked, {
      context: { includeDeclaration: true },
    })
    expect(places).toHaveLength(3)
    const edit = await client.at<{ changes: Record<string, unknown[]> }>('textDocument/rename', marked, {
      newName: 'x',
    })
    expect(edit.changes[client.uri]).toHaveLength(3)
  })

  test('that are taken are refused with the reason', async () => {
    await expect(client.at('textDocument/rename', mark('let far'), { newName: 'when' })).rejects.toThrow(
      /already the name/,
    )
  })

  test('are listed as an outline', async () => {
    await client.check(sampleText)
    const symbols = await client.connection.sendRequest<{ name: string; children?: unknown[] }[]>(
      'textDocument/documentSymbol',
      { textDocument: { uri: client.uri } },
    )
    expect(symbols.map(({ name }) => name)).toEqual([
      ...['flights', 'airports', 'airport', 'route', 'airport_delay_3h', 'airport_traffic_1d', 'airport_lat'],
      ...['route_delay_7d', 'busy', 'late_departure'],
    ])
    expect(symbols.at(-1)?.children).toHaveLength(19)
  })
})

test('formatting answers one edit of what differs', async () => {
  const formatted = async (text: string) => {
    await client.check(text)
    return client.connection.sendRequest<{ newText: string }[]>('textDocument/formatting', {
      textDocument: { uri: client.uri },
      options: { tabSize: 2, insertSpaces: true },
    })
  }
  expect(await formatted('entity   airport( code:string )\n')).toHaveLength(1)
  expect(await formatted('entity airport(code: string)\n')).toEqual([])
})

describe('the graph', () => {
  test('is answered with its layout, and follows the text', async () => {
    await client.check(sampleText)
    const ask = () =>
      client.connection.sendRequest<{ graph: FeatureGraph; models: string[]; layout: { positions: unknown[] } }>(
        'proml/graph',
        { uri: client.uri, model: null },
      )
    const first = await ask()
    expect(first.models).toEqual(['late_departure'])
    expect(first.layout.positions).toHaveLength(first.graph.nodes.length)
    await client.check(sampleText.replace('let port ', 'let gate '))
    expect((await ask()).graph.nodes.map(({ name }) => name)).toContain('gate')
  })

  test('answers an edit with text edits, and a bad one with the reason', async () => {
    await client.check(sampleText)
    const edit = (text: string) =>
      client.connection.sendRequest('proml/graphEdit', {
        uri: client.uri,
        edit: { kind: 'parameter', node: 'feature:airport_delay_3h', parameter: 'over', text },
      })
    const start = sampleText.indexOf('3h lag')
    expect(await edit('6h')).toMatchObject({ ok: true, edits: [{ span: { start, end: start + 2 }, text: '6h' }] })
    expect(await edit('soon')).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
  })
})
