import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { referenceOf } from '@shared/data/reference'
import type { StudioError } from '@shared/errors'
import { draftResultSchema } from '@shared/rpc/draft'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { askPlainly } from '../../electron/services/data/download'
import { createDraftService } from '../../electron/services/draft/draft'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { projectRoot, testContext } from '../support/context'
import { freePort } from '../support/oci'

const logged: string[] = []
const note = (message: string): void => void logged.push(message)
const context = { ...testContext(), log: { info: note, warn: note, error: note } }
let isTrusted = true
const data = createDataService(context, () => {}, { isTrusted: () => isTrusted })
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )
const flights = readFileSync(join(projectRoot, 'resources/samples/flights/data/flights.parquet'))
const airports = readFileSync(join(projectRoot, 'resources/samples/flights/data/airports.csv'))
const tagOf = (bytes: Buffer): string => `"${createHash('sha256').update(bytes).digest('hex')}"`

type Answer = (request: IncomingMessage, response: ServerResponse) => void
let answer: Answer
const asked: { url: string; method: string; headers: IncomingMessage['headers'] }[] = []
let server: Server
let port = 0

/** As web servers do: the whole, the rest, or nothing where it is known already. */
const give =
  (bytes: Buffer, tag = tagOf(bytes)): Answer =>
  ({ headers }, response) => {
    response.setHeader('etag', tag)
    if (headers['if-none-match'] === tag) return response.writeHead(304).end()
    const start = headers.range && headers['if-range'] === tag ? Number(/\d+/.exec(headers.range)?.[0]) : 0
    if (start > 0) response.writeHead(206, { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` })
    return response.end(bytes.subarray(start))
  }

const listen = async (): Promise<void> => {
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', method: request.method ?? '', headers: request.headers })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
}
const hangUp = async (): Promise<void> => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
const web = (path: string, format?: string): string =>
  referenceOf({
    kind: 'http',
    path: '',
    options: { url: `http://127.0.0.1:${port}${path}`, ...(format ? { format } : {}) },
  })
const countOf = async (reference: string, isFresh = false): Promise<number> =>
  Number(
    (await data.engine.rows(`select count(*) as n from ${(await data.tableOf(reference, { isFresh })).sql}`))[0]?.n,
  )

/** Of the copy that is being made. */
const bytesHere = (): number => {
  const folder = context.workspace.internal('tmp')
  const found = readdirSync(folder).find((name) => name.startsWith('download-'))
  return found ? (statSync(join(folder, found, 'file'), { throwIfNoEntry: false })?.size ?? 0) : 0
}

beforeAll(async () => {
  port = await freePort()
  await listen()
})
beforeEach(() => {
  asked.length = 0
})
afterAll(async () => {
  await hangUp()
  await data.dispose()
  await language.dispose()
  context.remove()
})

describe('a file of a web server', { timeout: 60_000 }, () => {
  test('that is a CSV with bad rows is refused by its own name and line', async () => {
    answer = give(Buffer.from('a,b\n1,2\n3\n'))
    const error = await failure(data.schemaOf(web('/bad.csv')))
    expect(error.message).toBe(`\`http://127.0.0.1:${port}/bad.csv\`: line 3 has 1 value where 2 are expected.`)
    expect(error.hint).toContain('save a copy in the workspace')
  })

  test('is checked, shown and profiled from one copy, and asked for again only for a training set', async () => {
    answer = give(flights)
    writeFileSync(
      at('far.proml'),
      `namespace far
source flights = http("http://127.0.0.1:${port}/flights.parquet") { time date  row (date, origin, destination) }
model late {
  observe flights
  predict late = delay > 15
  use distance
  let all = logistic(distance)
  output p = probability(all)
}
`,
    )
    expect((await language.handlers.check({ path: 'far.proml' }, call)).diagnostics).toEqual([])
    expect(
      await data.handlers.profile({ path: web('/flights.parquet'), column: 'delay', filters: [] }, call),
    ).toMatchObject({ rows: 200_000 })
    expect(await data.schemaOf(web('/flights.parquet'))).toMatchObject({ format: 'parquet', rows: 200_000 })
    expect(asked).toHaveLength(1)
    const plan = await language.planOf('far.proml', 'late')
    const build = () => features.buildTrainingSet(plan, { output: at('set.parquet'), ...call })
    const first = await build()
    expect(first).toMatchObject({ rows: 200_000 })
    expect(asked.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, tagOf(flights)])
    expect((await build()).digest).toBe(first.digest)
    answer = give(readFileSync(at('set.parquet')))
    expect(await failure(build())).toMatchObject({ code: 'missing_column' })
  })

  test('is drafted from, with its address first', async () => {
    answer = give(flights)
    const draft = createDraftService(context, () => {}, { data, language })
    const { jobId } = await draft.handlers.file({ path: web('/more/flights.parquet', 'parquet'), label: 'delay' }, call)
    const { text, program } = draftResultSchema.parse(await context.jobs.finished(jobId))
    expect(text).toContain(
      `source flights = http("http://127.0.0.1:${port}/more/flights.parquet", format: "parquet") {`,
    )
    expect((await language.handlers.check({ path: program, text }, call)).diagnostics).toEqual([])
  })

  test('is copied anew when it changed, by its tag or its time, and an unchanged one is not sent again', async () => {
    answer = give(airports)
    const reference = web('/airports.csv')
    const rows = await countOf(reference)
    answer = give(Buffer.concat([airports, airports.subarray(airports.indexOf('\n') + 1)]))
    expect(await countOf(reference)).toBe(rows)
    expect(await countOf(reference, true)).toBe(2 * rows)
    const time = 'Mon, 01 Jan 2024 00:00:00 GMT'
    answer = ({ headers }, response) => {
      response.setHeader('last-modified', time)
      if (headers['if-modified-since'] === time) return response.writeHead(304).end()
      return response.end(airports)
    }
    expect(await countOf(reference, true)).toBe(rows)
    asked.length = 0
    expect(await countOf(reference, true)).toBe(rows)
    expect(asked).toMatchObject([{ headers: { 'if-modified-since': time } }, { method: 'HEAD' }])
  })

  test('is copied anew where its time alone does not tell: it was put back, or changed within one second', async () => {
    const parts = airports.toString().trimEnd().split('\n')
    const [first, second] = [parts.slice(0, 101).join('\n'), parts.slice(0, 51).join('\n')]
    /** As servers do that know a file’s time only; `tag` as nginx makes it, of time and length. */
    const dated =
      (text: string, modified: Date, more: { hasLength?: boolean; tag?: string; at?: Date } = {}): Answer =>
      ({ headers, method }, response) => {
        response.setHeader('last-modified', modified.toUTCString())
        if (more.at) response.setHeader('date', more.at.toUTCString())
        if (more.tag !== undefined) response.setHeader('etag', more.tag)
        const since = Date.parse(headers['if-modified-since'] ?? '')
        if (headers['if-none-match'] === more.tag && more.tag !== undefined) return response.writeHead(304).end()
        if (modified.getTime() - (modified.getTime() % 1000) <= since) return response.writeHead(304).end()
        if (method === 'HEAD' && more.hasLength === false) return response.writeHead(405).end()
        return response.setHeader('content-length', text.length).end(text)
      }
    const reference = web('/dated.csv')
    const [older, old] = [new Date('2024-01-01T00:00:00Z'), new Date('2024-01-02T00:00:00Z')]
    answer = dated(first, old)
    expect(await countOf(reference, true)).toBe(100)
    // Another file with an older time, as a copy that keeps times is.
    answer = dated(second, older)
    expect(await countOf(reference, true)).toBe(50)
    asked.length = 0
    expect(await countOf(reference, true)).toBe(50)
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
    // Where nothing tells, the server is believed.
    answer = dated(first, older, { hasLength: false })
    expect(await countOf(reference, true)).toBe(50)

    // Of the same length, in the second in which it was read: a file that was so young is read again.
    const moment = new Date('2024-01-03T00:00:00Z')
    const later = new Date('2024-01-03T00:01:00Z')
    const other = first.replace(
      /^([^\n]*\n)(.)/,
      (_, head: string, letter: string) => head + (letter === 'X' ? 'Y' : 'X'),
    )
    expect([other.length, other === first]).toEqual([first.length, false])
    const firstCell = async (reference: string): Promise<string> => {
      const { sql } = await data.tableOf(reference, { isFresh: true })
      return Object.values((await data.engine.rows(`select * from ${sql} limit 1`))[0] ?? {}).map(String)[0] ?? ''
    }
    const tag = `"${(moment.getTime() / 1000).toString(16)}-${first.length.toString(16)}"`
    for (const more of [{}, { tag }]) {
      const young = web(`/young-${'tag' in more}.csv`)
      answer = dated(first, moment, { ...more, at: moment })
      const before = await firstCell(young)
      answer = dated(other, moment, { ...more, at: later })
      expect(await firstCell(young)).not.toBe(before)
      asked.length = 0
      await firstCell(young)
      // From then on its time tells.
      expect(asked[0]?.headers).toHaveProperty('tag' in more ? 'if-none-match' : 'if-modified-since')
    }
  })

  test('goes on where the connection broke, and begins anew where the file is another one by then', async () => {
    let breaks = 2
    const breaking =
      (bytes: Buffer): Answer =>
      (request, response) => {
        if (breaks === 0) return give(bytes)(request, response)
        breaks -= 1
        const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
        response.setHeader('etag', tagOf(bytes))
        if (start > 0)
          response.writeHead(206, { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` })
        else response.setHeader('content-length', bytes.length)
        response.write(bytes.subarray(start, start + 100_000))
        // What has not been taken when a connection breaks is lost with it.
        const breakOff = async (): Promise<void> => {
          while (bytesHere() <= start) await pause(2)
          response.socket?.destroy()
        }
        void breakOff()
      }
    answer = breaking(flights)
    expect(await countOf(web('/broken.parquet'))).toBe(200_000)
    expect(asked.map(({ headers }) => headers.range !== undefined)).toEqual([false, true, true])
    expect(asked.at(-1)?.headers).toMatchObject({ 'if-range': tagOf(flights) })
    breaks = 1
    asked.length = 0
    answer = (request, response) =>
      breaks === 0 ? give(airports)(request, response) : breaking(flights)(request, response)
    expect(await countOf(web('/other.csv'))).toBeGreaterThan(100)
    expect(asked).toHaveLength(2)
  })

  test('is read to its end where the server hangs up before that, as one does that keeps no connection', async () => {
    // As much as the client takes before it waits for its reader.
    const bytes = Buffer.alloc(64 * 1024, 'a')
    const closing = createSocketServer((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\nconnection: close\r\n\r\n`)
        socket.end(bytes)
      })
    })
    await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve))
    const { port: place } = closing.address() as AddressInfo
    const got = await askPlainly(new URL(`http://127.0.0.1:${place}/`), {}, call.signal)
    // Whoever writes to a slow disk reads no sooner.
    await pause(300)
    expect((await got.arrayBuffer()).byteLength).toBe(bytes.length)
    await new Promise((resolve) => closing.close(resolve))
  })

  test('keeps nothing of a connection that breaks every time, and says that it cannot be reached', async () => {
    answer = (_, response) => {
      response.setHeader('content-length', 1000)
      response.write('a,b\n1,2\n', () => response.socket?.destroy())
    }
    expect(await failure(data.tableOf(web('/torn.csv')))).toMatchObject({ code: 'source_unreachable' })
    const count = asked.length
    // Who types is not kept waiting by asking again and again.
    expect(await failure(data.tableOf(web('/torn.csv')))).toMatchObject({ code: 'source_unreachable' })
    expect(asked).toHaveLength(count)
    expect(readdirSync(context.workspace.internal('tmp')).filter((name) => name.startsWith('download-'))).toEqual([])
  })

  test('follows servers to servers, and to nothing else', async () => {
    const to =
      (location: string, status = 302): Answer =>
      (request, response) =>
        request.url === '/there.csv'
          ? give(airports)(request, response)
          : response.writeHead(status, { location }).end()
    for (const [index, status] of [301, 302, 303, 307, 308].entries()) {
      answer = to('/there.csv', status)
      expect(await countOf(web(`/here${index}.csv`))).toBeGreaterThan(100)
    }
    for (const [index, place] of ['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:text/csv,a', '//[', ''].entries()) {
      answer = to(place)
      expect((await failure(data.tableOf(web(`/out${index}.csv`)))).code).toMatch(/permission_denied|unreadable_file/)
    }
    answer = to('/loop.csv')
    expect(await failure(data.tableOf(web('/loop.csv')))).toMatchObject({
      message: expect.stringContaining('on and on'),
    })
    expect(asked.filter(({ url }) => url === '/loop.csv')).toHaveLength(6)
  })

  test('says what the server says, and what its bytes are not', async () => {
    const codes: unknown[] = []
    for (const status of [401, 403, 404, 410, 418, 503]) {
      answer = (_, response) => response.writeHead(status).end('no')
      codes.push((await failure(data.tableOf(web(`/status${status}.csv`)))).code)
    }
    expect(codes).toEqual([
      'permission_denied',
      'permission_denied',
      'not_found',
      'not_found',
      'unreadable_file',
      'unreadable_file',
    ])
    answer = (_, response) => response.end('<html>Sign in</html>')
    expect(await failure(data.schemaOf(web('/page.parquet')))).toMatchObject({
      code: 'unreadable_file',
      message: `\`http://127.0.0.1:${port}/page.parquet\` cannot be read as Parquet.`,
    })
    answer = (_, response) => response.end()
    expect(await failure(data.tableOf(web('/empty.csv')))).toMatchObject({
      message: expect.stringContaining('is empty'),
    })
    answer = give(airports)
    expect(await failure(data.tableOf(web('/data')))).toMatchObject({ hint: expect.stringContaining('format') })
    expect(await countOf(web('/data?x=.csv', 'csv'))).toBeGreaterThan(100)
    const text = 'source s = http("https://me:hidden@example.org/a.csv")'
    expect((await language.handlers.check({ path: 'a.proml', text }, call)).diagnostics).toMatchObject([
      { code: 'PML1303' },
    ])
  })

  test('is left when the person leaves, also while the server says nothing', async () => {
    answer = () => {}
    const stop = new AbortController()
    const silent = failure(data.tableOf(web('/silent.csv'), { signal: stop.signal }))
    while (asked.length === 0) await pause(5)
    stop.abort()
    expect(await silent).toMatchObject({ code: 'cancelled' })
    answer = (_, response) => void response.write('a,b\n')
    const again = new AbortController()
    const slow = failure(data.tableOf(web('/slow.csv'), { signal: again.signal }))
    while (asked.length === 1) await pause(5)
    again.abort()
    expect(await slow).toMatchObject({ code: 'cancelled' })
  })

  test('is the last copy where the server is gone, and the log says of when; nobody is asked without trust', async () => {
    answer = give(airports)
    const rows = await countOf(web('/kept.csv'))
    await hangUp()
    expect(await countOf(web('/kept.csv'), true)).toBe(rows)
    expect(logged.some((line) => line.includes('/kept.csv') && line.includes('its copy of 20'))).toBe(true)
    expect(await failure(data.tableOf(web('/never.csv')))).toMatchObject({ code: 'source_unreachable' })
    await listen()
    isTrusted = false
    expect(await failure(data.tableOf(web('/new.csv')))).toMatchObject({ code: 'permission_denied' })
    isTrusted = true
    expect(asked.filter(({ url }) => url === '/new.csv')).toEqual([])
  })
})

test('Python’s own web server is read the same', { timeout: 30_000 }, async () => {
  writeFileSync(at('served.csv'), 'at,n\n2024-01-01 00:00:00,1\n2024-01-02 00:00:00,2\n')
  const other = await freePort()
  const child: ChildProcess = spawn(
    'python3',
    ['-m', 'http.server', String(other), '--bind', '127.0.0.1', '--directory', context.workspace.root],
    { stdio: 'ignore' },
  )
  try {
    const url = `http://127.0.0.1:${other}/served.csv`
    while (
      !(await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await pause(20)
    const reference = referenceOf({ kind: 'http', path: '', options: { url } })
    expect(await data.schemaOf(reference)).toMatchObject({
      rows: 2,
      columns: [
        { name: 'at', type: 'time' },
        { name: 'n', type: 'int' },
      ],
    })
    expect(await countOf(reference, true)).toBe(2)
  } finally {
    child.kill()
  }
})
