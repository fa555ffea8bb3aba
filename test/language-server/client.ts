import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { ColumnProfile, TableSchema } from '@shared/data/profile'
import type { FeatureSetProvider } from '@shared/language/server/featureSets'
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import type { Diagnostic, Position } from 'vscode-languageserver-types'
import { runLanguageServer } from '../../electron/cli/lsp'
import { projectRoot, testHome } from '../support/context'

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
      column('name', 'string', 'VARCHAR', true),
      column('latitude', 'float', 'DOUBLE', true),
      column('longitude', 'float', 'DOUBLE'),
    ],
  },
}

interface PublishDiagnosticsParams {
  readonly uri: string
  readonly version?: number
  readonly diagnostics: readonly Diagnostic[]
}

export interface ClientOptions {
  /** What lies on disk beside the document under test, by path. */
  readonly files?: Readonly<Record<string, string>>
  readonly capabilities?: object
  readonly initializationOptions?: object
  readonly profileOf?: (path: string, column: string) => Promise<ColumnProfile>
  readonly schemaOf?: (path: string) => Promise<TableSchema>
  readonly featureSet?: FeatureSetProvider
}

export interface TestClient {
  /** Of the document under test. */
  readonly uri: string
  readonly uriOf: (path: string) => string
  readonly root: string
  readonly connection: MessageConnection
  /** Opens or replaces the text and waits for its check. */
  check(text: string): Promise<{ diagnostics: readonly Diagnostic[] }>
  /** The answer to a request at `‸` in the text. */
  at<T>(method: string, marked: string, more?: object): Promise<T>
  /** The last that was published of a file that matches; waits for it. */
  published(path: string, matches: (published: PublishDiagnosticsParams) => boolean): Promise<PublishDiagnosticsParams>
  /** Resolves once the server has ended. */
  end(): Promise<void>
}

/** A client at the other end of a real pair of streams, in a folder of its own. */
export async function startClient(options: ClientOptions = {}): Promise<TestClient> {
  const root = folderWith(options.files ?? {})
  const toServer = new PassThrough()
  const toClient = new PassThrough()
  const ended = runLanguageServer({
    root,
    schemaOf:
      options.schemaOf ??
      (async (path) => {
        const schema = sampleSchemas[path]
        if (!schema) throw new Error(`no ${path}`)
        return schema
      }),
    profileOf: options.profileOf,
    featureSet: options.featureSet,
    input: toServer,
    output: toClient,
  })
  return connect({ root, from: toClient, to: toServer, ended }, options)
}

export interface CommandClient extends TestClient {
  readonly process: ChildProcess
}

/** The same, of `proml lsp` as it is built, with the sample’s real data. */
export async function startCommand(options: ClientOptions = {}): Promise<CommandClient> {
  const root = folderWith(options.files ?? {})
  cpSync(join(projectRoot, 'resources/samples/flights/data'), join(root, 'data'), { recursive: true })
  // As `resources/setup/proml.mjs` starts it.
  const flags = ['--max-semi-space-size=2', '--max-old-space-size=512']
  const command = [join(projectRoot, 'out/main/cli.js'), 'lsp', '--stdio', '--workspace', root]
  const child = spawn(process.execPath, [...flags, ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PROML_HOME: testHome() },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return { ...(await connect({ root, from: child.stdout, to: child.stdin, ended }, options)), process: child }
}

const folderWith = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), 'proml-lsp-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

interface Server {
  readonly root: string
  readonly from: NodeJS.ReadableStream
  readonly to: NodeJS.WritableStream
  readonly ended: Promise<void>
}

async function connect({ root, from, to, ended }: Server, options: ClientOptions): Promise<TestClient> {
  const connection = createMessageConnection(new StreamMessageReader(from), new StreamMessageWriter(to))
  const uriOf = (path: string) => `${pathToFileURL(root).href}/${path}`
  const uri = uriOf('flights.proml')
  const inbox = mailbox(connection)
  let version = 0
  await connection.sendRequest('initialize', {
    processId: null,
    rootUri: pathToFileURL(root).href,
    capabilities: options.capabilities ?? {},
    initializationOptions: options.initializationOptions,
  })
  await connection.sendNotification('initialized', {})

  const write = async (text: string): Promise<void> => {
    version++
    if (version === 1)
      await connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'proml', version, text },
      })
    else
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      })
  }
  const isPulled = JSON.stringify(options.capabilities ?? {}).includes('"diagnostic"')
  const check: TestClient['check'] = async (text) => {
    await write(text)
    const wanted = version
    return isPulled ? { diagnostics: [] } : inbox.wait((one) => one.uri === uri && one.version === wanted)
  }
  return {
    uri,
    uriOf,
    root,
    connection,
    check,
    at: async <T>(method: string, marked: string, more: object = {}) => {
      await check(marked.replace('‸', ''))
      return (await connection.sendRequest(method, {
        textDocument: { uri },
        position: positionOf(marked),
        ...more,
      })) as T
    },
    published: (path, matches) => inbox.wait((one) => one.uri === uriOf(path) && matches(one)),
    end: async () => {
      await connection.sendRequest('shutdown')
      to.end()
      await ended
      connection.dispose()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Where `‸` stands. */
export const positionOf = (marked: string): Position => {
  const before = marked.slice(0, marked.indexOf('‸')).split('\n')
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 }
}

/** What was published, and who waits for it. */
function mailbox(connection: MessageConnection) {
  const latest = new Map<string, PublishDiagnosticsParams>()
  const waiting = new Set<(published: PublishDiagnosticsParams) => void>()
  connection.onNotification('textDocument/publishDiagnostics', (published: PublishDiagnosticsParams) => {
    latest.set(published.uri, published)
    for (const take of waiting) take(published)
  })
  connection.listen()
  return {
    wait: (matches: (published: PublishDiagnosticsParams) => boolean) =>
      new Promise<PublishDiagnosticsParams>((resolve) => {
        const there = [...latest.values()].find(matches)
        if (there) return resolve(there)
        const take = (published: PublishDiagnosticsParams): void => {
          if (!matches(published)) return
          waiting.delete(take)
          resolve(published)
        }
        waiting.add(take)
      }),
  }
}
