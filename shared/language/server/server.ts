import {
  type CodeAction,
  CodeActionKind,
  type Connection,
  DiagnosticSeverity,
  LSPErrorCodes,
  type Diagnostic as ProtocolDiagnostic,
  type TextEdit as ProtocolEdit,
  type Range,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  type WorkspaceEdit,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { buildGraph, modelNames } from '../../graph/build'
import { applyGraphEdit } from '../../graph/edit'
import { layoutGraph } from '../../graph/layout'
import type { Span } from '../../plan/plan'
import type { Diagnostic, TextEdit } from '../diagnostic'
import { format } from '../format/format'
import { type Analysis, analyse, type SchemaProvider, schemaCache } from './analysis'
import { completions } from './completion'
import { hoverAt } from './hover'
import { definitionAt, referencesAt, renamable, renameAt, symbolsOf } from './navigation'
import { outlineOf } from './outline'
import { type ProgramText, programShelf } from './programs'
import {
  type CheckedParams,
  checkedNotification,
  filesChangedNotification,
  type GraphAnswer,
  type GraphEditAnswer,
  type GraphEditParams,
  type GraphParams,
  graphEditRequest,
  graphRequest,
  type OutlineItem,
  type OutlineParams,
  outlineRequest,
} from './protocol'
import { semanticTokens, tokenModifiers, tokenTypes } from './semanticTokens'
import { smallestChange } from './smallestChange'

export interface LanguageServerOptions {
  readonly schemaOf: SchemaProvider
  /** Every `.proml` file of the workspace as it is on disk; a file that is open is taken from the editor instead. */
  readonly programs?: () => Promise<readonly ProgramText[]>
  /** The workspace’s own URI, with a slash at its end; where absent, what the client says when it begins. */
  readonly rootUri?: string
}

/**
 * The language server on any connection: a worker’s messages, or a pipe. Text is parsed at once with each change, and
 * answers that need only the tree (graph, edits, names) never wait; columns of data files come in when they come.
 */
export function startLanguageServer(connection: Connection, options: LanguageServerOptions): void {
  const documents = new TextDocuments(TextDocument)
  const schemas = schemaCache(options.schemaOf)
  const analyses = new Map<string, { stamp: string; analysis: Analysis }>()
  const programs = programShelf(options.programs)
  let rootUri = options.rootUri ?? ''

  const pathOf = (uri: string): string =>
    decodeURIComponent(rootUri && uri.startsWith(rootUri) ? uri.slice(rootUri.length) : uri.replace(/^\w+:\/+/, ''))

  /** By what is known now; columns still on their way only make it say less. */
  const analysisOf = (uri: string): { text: TextDocument; analysis: Analysis } | null => {
    const text = documents.get(uri)
    if (!text) return null
    const open = documents.all().map((one) => ({ path: pathOf(one.uri), text: one }))
    const stamp = [
      ...open.map((one) => `${one.path} ${one.text.version}`),
      schemas.revision(),
      programs.revision(),
    ].join()
    const kept = analyses.get(uri)
    if (kept?.stamp === stamp) return { text, analysis: kept.analysis }
    const others = programs.with(open.filter((one) => one.text !== text))
    const analysis = analyse(pathOf(uri), text.getText(), schemas.known, others)
    analyses.set(uri, { stamp, analysis })
    return { text, analysis }
  }

  const check = async (uri: string): Promise<void> => {
    const first = analysisOf(uri)
    if (!first) return
    const { version } = first.text
    await programs.load()
    // Reading one file’s columns may show that another is wanted.
    for (let round = 0; round < 3; round++) {
      const needs = analysisOf(uri)?.analysis.needs ?? []
      if (needs.length === 0 || !(await schemas.load(needs))) break
    }
    const current = analysisOf(uri)
    if (!current || current.text.version !== version) return
    const { text, analysis } = current
    const checked: CheckedParams = {
      uri,
      version,
      diagnostics: analysis.diagnostics,
      elapsedMs: analysis.elapsedMs,
    }
    await connection.sendDiagnostics({
      uri,
      version,
      diagnostics: analysis.diagnostics.map((diagnostic) => protocolDiagnostic(text, diagnostic)),
    })
    await connection.sendNotification(checkedNotification, checked)
  }
  const startCheck = (uri: string): void => {
    check(uri).catch((error: unknown) => connection.console.error(`Checking ${uri} failed: ${String(error)}`))
  }

  connection.onInitialize((parameters) => {
    const folder = parameters.workspaceFolders?.[0]?.uri ?? parameters.rootUri
    if (options.rootUri === undefined && folder) rootUri = folder.endsWith('/') ? folder : `${folder}/`
    return {
      serverInfo: { name: 'proml' },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        completionProvider: { triggerCharacters: ['(', ',', ' '] },
        hoverProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        renameProvider: { prepareProvider: true },
        documentSymbolProvider: true,
        documentFormattingProvider: true,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
        semanticTokensProvider: { legend: { tokenTypes, tokenModifiers }, full: true },
      },
    }
  })

  // What one file declares the others may use: all open ones are checked.
  documents.onDidChangeContent(() => {
    for (const { uri } of documents.all()) startCheck(uri)
  })
  documents.onDidClose(({ document }) => {
    analyses.delete(document.uri)
    connection.sendDiagnostics({ uri: document.uri, diagnostics: [] }).catch(() => {})
  })

  connection.onCompletion(({ textDocument, position }) => {
    const found = analysisOf(textDocument.uri)
    if (!found) return []
    return completions(found.analysis, found.text.getText(), found.text.offsetAt(position))
  })

  connection.onHover(({ textDocument, position }) => {
    const found = analysisOf(textDocument.uri)
    const hover = found && hoverAt(found.analysis, found.text.offsetAt(position))
    return hover ? { contents: { kind: 'markdown', value: hover.text }, range: rangeOf(found.text, hover.span) } : null
  })

  connection.onDefinition(({ textDocument, position }) => {
    const found = analysisOf(textDocument.uri)
    const span = found && definitionAt(found.analysis, found.text.offsetAt(position))
    return span ? { uri: textDocument.uri, range: rangeOf(found.text, span) } : null
  })

  connection.onReferences(({ textDocument, position }) => {
    const found = analysisOf(textDocument.uri)
    if (!found) return []
    return referencesAt(found.analysis, found.text.offsetAt(position)).map((span) => ({
      uri: textDocument.uri,
      range: rangeOf(found.text, span),
    }))
  })

  connection.onPrepareRename(({ textDocument, position }) => {
    const found = analysisOf(textDocument.uri)
    const name = found && renamable(found.analysis, found.text.offsetAt(position))
    return name ? { range: rangeOf(found.text, name.span), placeholder: name.name } : null
  })

  connection.onRenameRequest(({ textDocument, position, newName }): WorkspaceEdit | null => {
    const found = analysisOf(textDocument.uri)
    if (!found) return null
    const renamed = renameAt(found.analysis, found.text.offsetAt(position), newName)
    if (!renamed.ok)
      throw new ResponseError(
        LSPErrorCodes.RequestFailed,
        `${renamed.error.message} ${renamed.error.hint ?? ''}`.trim(),
      )
    return { changes: { [textDocument.uri]: renamed.edits.map((edit) => protocolEdit(found.text, edit)) } }
  })

  connection.onDocumentSymbol(({ textDocument }) => {
    const found = analysisOf(textDocument.uri)
    return found ? symbolsOf(found.analysis, found.text) : []
  })

  connection.onDocumentFormatting(({ textDocument }) => {
    const text = documents.get(textDocument.uri)
    const change = text && smallestChange(text.getText(), format(text.getText()))
    return change ? [protocolEdit(text, change)] : []
  })

  connection.onCodeAction(({ textDocument, range, context }): CodeAction[] => {
    const found = analysisOf(textDocument.uri)
    if (!found) return []
    const { text, analysis } = found
    const start = text.offsetAt(range.start)
    const end = text.offsetAt(range.end)
    return analysis.diagnostics
      .filter(({ span }) => span.start <= end && span.end >= start)
      .flatMap((diagnostic) =>
        diagnostic.fixes.map((fix) => ({
          title: fix.title,
          kind: CodeActionKind.QuickFix,
          diagnostics: context.diagnostics.filter(({ code }) => code === diagnostic.code),
          isPreferred: diagnostic.fixes.length === 1,
          edit: { changes: { [textDocument.uri]: fix.edits.map((edit) => protocolEdit(text, edit)) } },
        })),
      )
  })

  connection.languages.semanticTokens.on(({ textDocument }) => {
    const found = analysisOf(textDocument.uri)
    return found ? semanticTokens(found.analysis, found.text) : { data: [] }
  })

  connection.onRequest(graphRequest, ({ uri, model }: GraphParams): GraphAnswer | null => {
    const found = analysisOf(uri)
    if (!found) return null
    const { document, types, diagnostics, columnNames, others, foreign } = found.analysis
    const models = modelNames(document)
    const chosen = model !== null && models.includes(model) ? model : (models[0] ?? null)
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ span }) => span)
    const graph = buildGraph(document, chosen, { types, errors, columns: columnNames, others, foreign })
    return { version: found.text.version, models, graph, layout: layoutGraph(graph) }
  })

  connection.onRequest<GraphEditAnswer, void>(graphEditRequest, ({ uri, edit }: GraphEditParams): GraphEditAnswer => {
    const found = analysisOf(uri)
    if (!found)
      return {
        ok: false,
        error: { code: 'not_found', message: 'This file is not open.', hint: 'Open it and try again.' },
      }
    const result = applyGraphEdit(found.analysis.document, edit, found.analysis.columnNames)
    return result.ok ? { ...result, version: found.text.version } : result
  })

  connection.onRequest(outlineRequest, ({ uri }: OutlineParams): OutlineItem[] => {
    const found = analysisOf(uri)
    return found ? outlineOf(found.analysis.document) : []
  })

  const readAnew = (): void => {
    schemas.forget()
    programs.forget()
    for (const { uri } of documents.all()) startCheck(uri)
  }
  connection.onNotification(filesChangedNotification, readAnew)
  connection.onDidChangeWatchedFiles(readAnew)

  documents.listen(connection)
  connection.listen()
}

const severities: Readonly<Record<Diagnostic['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
}

const rangeOf = (text: TextDocument, { start, end }: Span): Range => ({
  start: text.positionAt(start),
  end: text.positionAt(end),
})

const protocolEdit = (text: TextDocument, edit: TextEdit): ProtocolEdit => ({
  range: rangeOf(text, edit.span),
  newText: edit.text,
})

const protocolDiagnostic = (text: TextDocument, diagnostic: Diagnostic): ProtocolDiagnostic => ({
  range: rangeOf(text, diagnostic.span),
  severity: severities[diagnostic.severity],
  code: diagnostic.code,
  source: 'proml',
  message: `${diagnostic.message} ${diagnostic.mend}`.trim(),
})
