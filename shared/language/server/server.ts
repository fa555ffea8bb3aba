import {
  type ClientCapabilities,
  type Connection,
  DidChangeWatchedFilesNotification,
  TextDocuments,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { capabilitiesFor, inlaySettingsOf, modeOf } from './capabilities'
import { type DiagnosticsMode, startChecks } from './checks'
import { type FeatureSetProvider, featureSetCache } from './featureSets'
import { answerPlaces } from './placeRequests'
import { type ProgramText, programShelf } from './programs'
import { type FilesChangedParams, filesChangedNotification } from './protocol'
import { type SchemaProvider, schemaCache } from './schemas'
import { columnStatistics, type StatisticsProvider } from './statistics'
import { answerStudio } from './studioRequests'
import { answerText } from './textRequests'
import { openWorkspace } from './workspace'

export interface LanguageServerOptions {
  readonly schemaOf: SchemaProvider
  /** What a registry publishes under a version; without it imports of feature sets bring nothing. */
  readonly featureSet?: FeatureSetProvider
  /** What hovers tell of columns; without it they tell types alone. */
  readonly statistics?: StatisticsProvider
  /** Every `.proml` file of the workspace as it is on disk; a file that is open is taken from the editor instead. */
  readonly programs?: () => Promise<readonly ProgramText[]>
  /** The workspace’s own URI, with a slash at its end; where absent, what the client says when it begins. */
  readonly rootUri?: string
}

/** Programs, and what they may read. */
const watchedFiles = '**/*.{proml,parquet,csv,tsv,json,jsonl,ndjson,arrow,feather,db,db3,sqlite,sqlite3}'

/** A program, or what may be a folder; the empty path is the workspace, of which too much changed to be named. */
const mayHoldPrograms = (path: string): boolean => /(^|\/)[^./]*$|\.proml$/.test(path)

/**
 * The language server on any connection: a worker’s messages, or a pipe. Text is parsed at once with each change, and
 * answers that need only the tree (graph, edits, names) never wait; columns of data files come in when they come.
 */
export function startLanguageServer(connection: Connection, options: LanguageServerOptions): void {
  const documents = new TextDocuments(TextDocument)
  const schemas = schemaCache(options.schemaOf)
  const featureSets = featureSetCache(options.featureSet)
  const programs = programShelf(options.programs)
  const statistics = columnStatistics(options.statistics)
  let rootUri = options.rootUri ?? ''
  let client: ClientCapabilities = {}
  let mode: DiagnosticsMode = 'push'
  let inlay = inlaySettingsOf(null)

  const workspace = openWorkspace({
    open: () => documents.all(),
    programs,
    schemas,
    featureSets,
    rootUri: () => rootUri,
  })
  const checks = startChecks({
    connection,
    workspace,
    programs,
    schemas,
    featureSets,
    mode: () => mode,
    canRefresh: () => client.workspace?.diagnostics?.refreshSupport === true,
  })

  connection.onInitialize((parameters) => {
    client = parameters.capabilities
    mode = modeOf(client, parameters.initializationOptions)
    inlay = inlaySettingsOf(parameters.initializationOptions)
    const folder = parameters.workspaceFolders?.[0]?.uri ?? parameters.rootUri
    if (options.rootUri === undefined && folder) rootUri = folder.endsWith('/') ? folder : `${folder}/`
    return { serverInfo: { name: 'proml' }, capabilities: capabilitiesFor(mode) }
  })
  connection.onInitialized(() => {
    checks.soon()
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration)
      connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: watchedFiles }] })
        .catch(() => {})
  })
  connection.onDidChangeConfiguration(({ settings }) => {
    inlay = inlaySettingsOf(settings, inlay)
    if (client.workspace?.inlayHint?.refreshSupport) connection.languages.inlayHint.refresh().catch(() => {})
  })

  // What one file declares the others may use: all are checked, at once.
  documents.onDidChangeContent(checks.soon)
  documents.onDidSave(() => programs.forget())
  documents.onDidClose(({ document }) => {
    programs.forget()
    checks.closed(document.uri)
    checks.soon()
  })

  const filesChanged = (paths?: readonly string[]): void => {
    if (!paths || paths.some(mayHoldPrograms)) programs.forget()
    featureSets.retryFailed().then(checks.soon, checks.soon)
    schemas.refresh(paths).then(checks.soon, checks.soon)
    checks.soon()
  }
  connection.onNotification(filesChangedNotification, ({ paths }: FilesChangedParams) => filesChanged(paths))
  connection.onDidChangeWatchedFiles(({ changes }) => filesChanged(changes.map(({ uri }) => workspace.pathOf(uri))))

  connection.languages.diagnostics.on(({ textDocument, previousResultId }) =>
    checks.reportOf(textDocument.uri, previousResultId),
  )
  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }) => ({
    items: await checks.reports(previousResultIds),
  }))
  answerText(connection, { workspace, statistics, inlay: () => inlay })
  answerPlaces(connection, workspace)
  answerStudio(connection, workspace)

  documents.listen(connection)
  connection.listen()
}
