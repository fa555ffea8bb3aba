import { PassThrough } from 'node:stream'
import type { TableSchema } from '@shared/data/profile'
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import { runLanguageServer } from '../../electron/cli/lsp'

const column = (
  name: string,
  type: TableSchema['columns'][number]['type'],
  nativeType: string,
  isNullable = false,
) => ({
  name,
  type,
  nativeType,
  isNullable,
})

/** As the sample’s files are. */
export const sampleSchemas: Readonly<Record<string, TableSchema>> = {
  'data/flights.parquet': {
    path: 'data/flights.parquet',
    format: 'parquet',
    sizeBytes: 1,
    rows: 200_000,
    columns: [
      column('date', 'time', 'TIMESTAMP'),
      column('delay', 'int', 'SMALLINT'),
      column('distance', 'int', 'SMALLINT'),
      column('origin', 'string', 'VARCHAR'),
      column('destination', 'string', 'VARCHAR'),
    ],
  },
  'data/airports.csv': {
    path: 'data/airports.csv',
    format: 'csv',
    sizeBytes: 1,
    rows: null,
    columns: [
      column('iata', 'string', 'VARCHAR'),
      column('name', 'string', 'VARCHAR'),
      column('latitude', 'float', 'DOUBLE', true),
      column('longitude', 'float', 'DOUBLE'),
    ],
  },
}

export interface TestClient {
  readonly uri: string
  readonly connection: MessageConnection
  /** Opens or replaces the text and waits for its check. */
  check(
    text: string,
  ): Promise<{ diagnostics: readonly { code: string; severity: number; message: string; range: unknown }[] }>
  /** The answer to a request at `‸` in the text. */
  at<T>(method: string, marked: string, more?: object): Promise<T>
  /** Resolves once the server has ended. */
  end(): Promise<void>
}

/** A client at the other end of a real pair of streams. */
export async function startClient(): Promise<TestClient> {
  const toServer = new PassThrough()
  const toClient = new PassThrough()
  const ended = runLanguageServer({
    root: '/workspace',
    schemaOf: async (path) => {
      const schema = sampleSchemas[path]
      if (!schema) throw new Error(`no ${path}`)
      return schema
    },
    input: toServer,
    output: toClient,
  })
  const connection = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer))
  const uri = 'file:///workspace/flights.proml'
  let version = 0
  const waiting = new Map<number, (published: Awaited<ReturnType<TestClient['check']>>) => void>()
  connection.onNotification('textDocument/publishDiagnostics', (published) => {
    waiting.get(published.version)?.(published)
  })
  connection.listen()
  await connection.sendRequest('initialize', { processId: null, rootUri: 'file:///workspace', capabilities: {} })
  await connection.sendNotification('initialized', {})

  const check: TestClient['check'] = async (text) => {
    version++
    const published = new Promise<Awaited<ReturnType<TestClient['check']>>>((resolve) => waiting.set(version, resolve))
    if (version === 1)
      await connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'proml', version, text },
      })
    else
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      })
    return published
  }
  return {
    uri,
    connection,
    check,
    at: async <T>(method: string, marked: string, more: object = {}) => {
      const offset = marked.indexOf('‸')
      const before = marked.slice(0, offset).split('\n')
      await check(marked.replace('‸', ''))
      const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 }
      return (await connection.sendRequest(method, { textDocument: { uri }, position, ...more })) as T
    },
    end: async () => {
      await connection.sendRequest('shutdown')
      toServer.end()
      await ended
      connection.dispose()
    },
  }
}
