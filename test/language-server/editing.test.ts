import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type {
  CodeAction,
  CodeLens,
  FoldingRange,
  InlayHint,
  SelectionRange,
  SignatureHelp,
  TextEdit,
} from 'vscode-languageserver-types'
import { sampleText } from '../graph/sample'
import { positionOf, startClient, type TestClient } from './client'

let client: TestClient
beforeAll(async () => {
  client = await startClient()
})
afterAll(() => client.end())

/** Puts the mark right after the first place of `before`. */
const mark = (before: string, text = sampleText): string => {
  if (!text.includes(before)) throw new Error(`the text has no ${before}`)
  return text.replace(before, `${before}‸`)
}

const applied = (text: string, edits: readonly TextEdit[] = []): string =>
  TextDocument.applyEdits(TextDocument.create('', 'proml', 0, text), [...edits])

describe('signature help', () => {
  /** The active parameter as it stands in the signature. */
  const active = async (before: string, text = sampleText): Promise<string | null> => {
    const help = await client.at<SignatureHelp | null>('textDocument/signatureHelp', mark(before, text))
    const [signature] = help?.signatures ?? []
    const label = signature?.parameters?.[help?.activeParameter ?? 0]?.label
    return Array.isArray(label) ? (signature?.label.slice(...label) ?? null) : (label ?? null)
  }

  test('marks the argument that is being written, by its place', async () => {
    expect(await active('cyclic(')).toBe('x: number')
    expect(await active('cyclic(hour, ')).toBe('period: float')
  })

  test('marks a named argument by its name, and a repeated input however often it stands', async () => {
    expect(await active('boosted_trees(distance, hour, wee')).toMatch(/^\w+: tensor…$/)
    expect(
      await active(
        'boosted_trees(distance, hour, weekday, from_delay, to_delay, busy, route_delay_7d,\n                             depth: ',
      ),
    ).toMatch(/^depth: int/)
  })

  test('tells of the inner call in a nested one, and of the outer one after it', async () => {
    expect(await active('standardize(log1p(')).toBe('x: number')
    expect(await active('depth: tune(')).toBe('range or list')
    const help = await client.at<SignatureHelp>('textDocument/signatureHelp', mark('mean(lin, '))
    expect(help.signatures[0]?.label).toMatch(/^mean\(.*prediction…\)$/)
    const rows = await client.at<SignatureHelp>('textDocument/signatureHelp', mark('= mean(delay'))
    expect(rows.signatures[0]?.label).toMatch(/^mean\(x: number\)$/)
  })

  test('works in a call that is not closed, and is silent outside of calls', async () => {
    expect(await active('one_hot(origin, ', 'model m {\n  observe s\n  let a = one_hot(origin, ')).toMatch(/^max: int/)
    expect(await client.at('textDocument/signatureHelp', mark('model late'))).toBeNull()
    expect(
      await client.at(
        'textDocument/signatureHelp',
        mark('(date)\n  // cyclic(', sampleText.replace('(date)\n', '(date)\n  // cyclic(\n')),
      ),
    ).toBeNull()
  })
})

describe('completion of values', () => {
  const labels = async (marked: string): Promise<string[]> =>
    (await client.at<{ label: string }[]>('textDocument/completion', marked)).map(({ label }) => label)

  test('offers what an attribute, a clause or a parameter takes, and nothing else', async () => {
    expect(
      await labels(mark('tags [delay, recent]  status ', sampleText.replace('recent]', 'recent]  status '))),
    ).toEqual(['draft', 'reviewed', 'deprecated'])
    expect(await labels(mark('drift '))).toEqual(['psi', 'ks'])
    expect(await labels(mark('retrain on '))).toEqual(['decay', 'drift'])
    expect(await labels(mark('search 40 trials '))).toEqual(['maximize', 'minimize'])
    expect(await labels(mark('maximize '))).toEqual(expect.arrayContaining(['auc', 'rmse']))
    expect(await labels(mark('latency '))).toEqual(['p50', 'p90', 'p95', 'p99'])
    expect(await labels(mark('split '))).toEqual(['time', 'random', 'by entity'])
    expect(await labels(mark('one_hot(origin, max: '))).toEqual(['100'])
  })

  test('offers the choices and the default of a named parameter, and a range where it can be tuned', async () => {
    const text = sampleText.replace('let blend', 'let filled = impute(distance, strategy: )\n  let blend')
    expect(await labels(mark('strategy: ', text))).toEqual(['"mean"', '"median"', '"most_frequent"'])
    expect(await labels(mark('depth: '))).toContain('tune')
    expect(await labels(mark('depth: tune('))).toEqual(['range', 'list', 'log'])
  })

  test('does not offer a parameter that is written already', async () => {
    const found = await labels(mark('rate: tune(0.01..0.3, log), '))
    expect(found).toContain('rounds:')
    expect(found).not.toContain('depth:')
  })

  test('finds the declaration around it even where comments look like one', async () => {
    const text = sampleText.replace('  use origin\n', '  /*\nfeature inside\n  */\n  use \n')
    expect(await labels(mark('feature inside\n  */\n  use ', text))).toContain('distance')
  })
})

describe('inlay hints', () => {
  const everything = { start: { line: 0, character: 0 }, end: { line: 200, character: 0 } }
  const hints = async (text: string, range: object = everything): Promise<string[]> => {
    await client.check(text)
    const found = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri: client.uri },
      range,
    })
    const document = TextDocument.create('', 'proml', 0, text)
    return found.map(({ position, label }) => {
      const line = text.split('\n')[document.offsetAt(position) >= 0 ? position.line : 0] ?? ''
      return `${/[\w:]*$/.exec(line.slice(0, position.character))?.[0]}|${label}`
    })
  }

  test('tell the types that are not written, and none that are', async () => {
    const found = await hints(sampleText.replace('busy: bool of airport', 'busy of airport'))
    expect(found).toEqual(
      expect.arrayContaining(['busy|: bool', 'hour|: int', 'from_delay|: float', 'gbt|: prediction']),
    )
    expect(found.filter((each) => each.startsWith('airport_lat'))).toEqual([])
  })

  test('name parameters that stand by their place', async () => {
    expect(await hints(sampleText)).toContain('|period:')
  })

  test('are given for the lines in sight alone, and can be switched off', async () => {
    const line = sampleText.split('\n').findIndex((each) => each.includes('let when'))
    const range = { start: { line, character: 0 }, end: { line, character: 60 } }
    expect(await hints(sampleText, range)).toHaveLength(2)
    const change = (types: boolean) =>
      client.connection.sendNotification('workspace/didChangeConfiguration', {
        settings: { proml: { inlayHints: { types } } },
      })
    await change(false)
    expect(await hints(sampleText, range)).toEqual(['|period:'])
    await change(true)
    expect(await hints(sampleText, range)).toHaveLength(2)
  })
})

describe('code lenses', () => {
  test('train and preview a model, and tell which models use a feature', async () => {
    await client.check(sampleText)
    const lenses = await client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', {
      textDocument: { uri: client.uri },
    })
    const resolved = await Promise.all(
      lenses.map((lens) => (lens.command ? lens : client.connection.sendRequest<CodeLens>('codeLens/resolve', lens))),
    )
    const told = resolved.map(({ range, command }) => `${range.start.line} ${command?.title} ${command?.command}`)
    expect(told).toContain('13 used by 1 model proml.showUsers')
    // Computed from another feature, which the model brings: it is needed all the same.
    expect(told).toContain('17 used by 1 model proml.showUsers')
    expect(told).toContain('18 used by no model ')
    expect(told).toContain('23 Train late_departure proml.train')
    const train = resolved.find(({ command }) => command?.command === 'proml.train')
    expect(train?.command?.arguments).toEqual([
      { uri: client.uri, path: 'flights.proml', namespace: 'flights', model: 'late_departure', feature: null },
    ])
    const users = resolved.find(({ command }) => command?.title === 'used by 1 model')
    expect(users?.command?.arguments?.[2]).toHaveLength(2)
  })
})

describe('code actions', () => {
  const actions = async (marked: string, more: { only?: string[]; to?: string } = {}): Promise<CodeAction[]> => {
    const text = marked.replace('‸', '')
    const start = positionOf(marked)
    const end = more.to === undefined ? start : positionOf(mark(more.to, text))
    await client.check(text)
    return client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri: client.uri },
      range: { start, end },
      context: { diagnostics: [], only: more.only },
    })
  }
  const apply = (marked: string, action: CodeAction | undefined): string =>
    applied(marked.replace('‸', ''), action?.edit?.changes?.[client.uri])
  const titled = (found: readonly CodeAction[], title: RegExp) => found.find((one) => title.test(one.title))

  test('extract the call at the cursor to a let, and inline it back to the same text', async () => {
    const marked = mark('let far    = standardize(log1')
    const extracted = apply(marked, titled(await actions(marked), /^Extract/))
    expect(extracted).toContain('  let log1p_distance = log1p(distance)\n  let far    = standardize(log1p_distance)\n')
    const back = mark('let log1p_dist', extracted)
    expect(apply(back, titled(await actions(back), /^Inline/))).toBe(sampleText)
  })

  test('extract what is selected, and never the value of a parameter', async () => {
    const text = sampleText.replace(
      'let far    = standardize(log1p(distance))',
      'let far = standardize(distance * 2 + 1)',
    )
    const marked = text.replace('standardize(distance', 'standardize(‸distance')
    const found = await actions(marked, { to: 'standardize(distance * 2' })
    expect(apply(marked, titled(found, /^Extract/))).toContain(
      'let part_distance = distance * 2\n  let far = standardize(part_distance + 1)',
    )
    const parameter = mark('depth: tun')
    expect(titled(await actions(parameter), /^Extract/)).toBeUndefined()
  })

  test('inline keeps the order of operations', async () => {
    const text = sampleText.replace(
      'let far    = standardize(log1p(distance))',
      'let sum = distance + 1\n  let far = standardize(sum * 2)',
    )
    const marked = mark('let su', text)
    expect(apply(marked, titled(await actions(marked), /^Inline/))).toContain(
      'let far = standardize((distance + 1) * 2)',
    )
  })

  test('put something where a value may be missing', async () => {
    const text = sampleText.replace('use origin\n', 'use origin\n  use before = airport_lat by origin\n')
    const marked = mark('use bef', text)
    const given = apply(marked, titled(await actions(marked), /default 0/))
    expect(given).toContain('latest(latitude) from airports by iata\n  default 0\n')
  })

  test('write a type and a documentation', async () => {
    const text = sampleText.replace('busy: bool of airport', 'busy of airport')
    const marked = mark('feature bus', text)
    const found = await actions(marked)
    expect(apply(marked, titled(found, /type, bool/))).toBe(sampleText)
    expect(apply(marked, titled(found, /documentation/))).toContain('\n/// Busy.\nfeature busy of airport')
  })

  test('mend one problem, all of its kind, and what is asked for by kind alone', async () => {
    const text = sampleText
      .replace('mean(delay) from flights by origin', 'mean(delai) from flights by origin')
      .replace('by (origin, destination) where', 'by (orgin, destination) where')
    const marked = mark('mean(delai', text)
    const found = await actions(marked)
    expect(apply(marked, titled(found, /^Fix all 2/)).replace(/\s+/g, '')).toBe(sampleText.replace(/\s+/g, ''))
    expect((await actions(marked, { only: ['refactor'] })).every(({ kind }) => kind?.startsWith('refactor'))).toBe(true)
  })

  test('add on request everything that errors say is missing, and remove nothing', async () => {
    const text = sampleText.replace('over 3h lag 15m ', '').replace(' over 1d', '')
    const marked = mark('namespace', text)
    const [all, ...others] = await actions(marked, { only: ['source.fixAll'] })
    expect(others).toEqual([])
    const mended = apply(marked, all)
    expect(mended.match(/ over 1d/g)).toHaveLength(2)
    expect((await client.check(mended)).diagnostics.filter(({ severity }) => severity === 1)).toEqual([])
    expect(await actions(mark('namespace'), { only: ['source.fixAll'] })).toEqual([])
  })
})

describe('the shape of the text', () => {
  test('folds declarations, blocks and comments, with their last bracket in sight', async () => {
    const text = `${sampleText}\n// one\n// two\nsource more = csv("data/airports.csv") {\n  row (iata)\n}\n`
    await client.check(text)
    const ranges = await client.connection.sendRequest<FoldingRange[]>('textDocument/foldingRange', {
      textDocument: { uri: client.uri },
    })
    const lines = text.split('\n')
    const told = ranges.map(
      ({ startLine, endLine, kind }) =>
        `${lines[startLine]?.trim().slice(0, 12)}…${lines[endLine]?.trim().slice(0, 8)} ${kind ?? ''}`,
    )
    expect(told).toContain('model late_d…health   ')
    expect(told).toContain('let gbt    =…depth: t ')
    expect(told).toContain('// one…// two comment')
    expect(told).toContain('source more …row (iat ')
  })

  test('grows a selection from the name to the file', async () => {
    const marked = mark('let far    = standardize(log1p(dist')
    const text = marked.replace('‸', '')
    const [range] = await client.at<SelectionRange[]>('textDocument/selectionRange', marked, {
      positions: [positionOf(marked)],
    })
    const document = TextDocument.create('', 'proml', 0, text)
    const words: string[] = []
    for (let each = range; each; each = each.parent) words.push(document.getText(each.range))
    expect(words.slice(0, 4)).toEqual([
      'distance',
      'log1p(distance)',
      'standardize(log1p(distance))',
      'let far    = standardize(log1p(distance))',
    ])
    expect(words.at(-1)).toBe(text)
  })

  test('formats the declarations that a range touches, and no other', async () => {
    const text = 'entity   a( code:string )\n\nentity   b( code:string )\n'
    await client.check(text)
    const format = (line: number) =>
      client.connection.sendRequest<TextEdit[]>('textDocument/rangeFormatting', {
        textDocument: { uri: client.uri },
        range: { start: { line, character: 0 }, end: { line, character: 3 } },
        options: { tabSize: 2, insertSpaces: true },
      })
    expect(applied(text, await format(2))).toBe('entity   a( code:string )\n\nentity b(code: string)\n')
    expect(applied(text, await format(0))).toBe('entity a(code: string)\n\nentity   b( code:string )\n')
  })

  test('links sources to their data', async () => {
    await client.check(sampleText)
    const links = await client.connection.sendRequest<{ target: string }[]>('textDocument/documentLink', {
      textDocument: { uri: client.uri },
    })
    expect(links.map(({ target }) => target)).toEqual([
      client.uriOf('data/flights.parquet'),
      client.uriOf('data/airports.csv'),
    ])
  })

  test('marks the places of a name while the cursor stands on one', async () => {
    const marks = await client.at<unknown[]>('textDocument/documentHighlight', mark('let far'))
    expect(marks).toHaveLength(2)
  })
})
