import type { Connection } from 'vscode-languageserver'
import { z } from 'zod'
import { format } from '../format/format'
import { actionsFor } from './actions'
import type { Analysis } from './analysis'
import { completions } from './completion'
import { resolveItem } from './completionItem'
import { foldingOf } from './folding'
import { formatRange } from './formatting'
import { hoverAt } from './hover'
import { type InlaySettings, inlayHints } from './inlay'
import { lensesOf, resolveLens } from './lens'
import { selectionAt } from './selection'
import { semanticTokens } from './semanticTokens'
import { signatureAt } from './signature'
import { smallestChange } from './smallestChange'
import type { ColumnStatistics } from './statistics'
import { symbolsOf, workspaceSymbols } from './symbols'
import { protocolEdit, rangeOf, spanOfRange } from './text'
import type { Workspace } from './workspace'

interface TextParts {
  readonly workspace: Workspace
  readonly statistics: ColumnStatistics
  readonly inlay: () => InlaySettings
}

const lensDataSchema = z.object({ uri: z.string(), feature: z.string() })

/** Answers about one file’s text. An unknown file has no answers, and is no error: editors ask before they open. */
export function answerText(connection: Connection, { workspace, statistics, inlay }: TextParts): void {
  const at = ({ uri }: { readonly uri: string }): Analysis | null => workspace.at(uri)

  connection.onCompletion(({ textDocument, position }) => {
    const found = workspace.typed(textDocument.uri)
    return found ? completions(found, found.text.offsetAt(position)) : []
  })
  connection.onCompletionResolve((item) => resolveItem(item, workspace, statistics))
  connection.onSignatureHelp(({ textDocument, position }) => {
    const found = workspace.typed(textDocument.uri)
    return found && signatureAt(found, found.text.offsetAt(position))
  })
  connection.onHover(async ({ textDocument, position }) => {
    const found = at(textDocument)
    const hover = found && (await hoverAt(workspace.now(), found, found.text.offsetAt(position), statistics))
    return hover ? { contents: { kind: 'markdown', value: hover.text }, range: rangeOf(found.text, hover.span) } : null
  })
  connection.onDocumentSymbol(({ textDocument }) => {
    const found = at(textDocument)
    return found ? symbolsOf(found, found.text) : []
  })
  connection.onWorkspaceSymbol(({ query }) => workspaceSymbols(workspace.now(), query))
  connection.onFoldingRanges(({ textDocument }) => {
    const found = at(textDocument)
    return found ? foldingOf(found.document, found.text) : []
  })
  connection.onSelectionRanges(({ textDocument, positions }) => {
    const found = at(textDocument)
    return found
      ? positions.map((position) => selectionAt(found.document, found.text, found.text.offsetAt(position)))
      : []
  })
  connection.languages.semanticTokens.on(({ textDocument }) => {
    const found = at(textDocument)
    return found ? semanticTokens(found) : { data: [] }
  })
  connection.languages.inlayHint.on(({ textDocument, range }) => {
    const found = at(textDocument)
    return found ? inlayHints(found, spanOfRange(found.text, range), inlay()) : []
  })
  answerEdits(connection, at, workspace)
}

function answerEdits(
  connection: Connection,
  at: (document: { readonly uri: string }) => Analysis | null,
  workspace: Workspace,
): void {
  connection.onDocumentFormatting(({ textDocument }) => {
    const found = at(textDocument)
    const change = found && smallestChange(found.document.text, format(found.document.text))
    return change ? [protocolEdit(found.text, change)] : []
  })
  connection.onDocumentRangeFormatting(({ textDocument, range }) => {
    const found = at(textDocument)
    const edits = found ? formatRange(found.document, spanOfRange(found.text, range)) : []
    return found ? edits.map((edit) => protocolEdit(found.text, edit)) : []
  })
  connection.onDocumentOnTypeFormatting(({ textDocument, position }) => {
    const found = at(textDocument)
    if (!found) return []
    const offset = found.text.offsetAt(position)
    return formatRange(found.document, { start: offset, end: offset }).map((edit) => protocolEdit(found.text, edit))
  })
  connection.onCodeAction(({ textDocument, range, context }) => {
    const found = at(textDocument)
    return found ? actionsFor(workspace.now(), found, spanOfRange(found.text, range), context) : []
  })
  connection.onCodeLens(({ textDocument }) => {
    const found = at(textDocument)
    return found ? lensesOf(workspace.now(), found) : []
  })
  connection.onCodeLensResolve((lens) => {
    const data = lensDataSchema.safeParse(lens.data).data
    const found = data && workspace.at(data.uri)
    return found ? resolveLens(workspace.now(), found, lens, data.feature) : lens
  })
}
