import { previewCommand, type RunArgument, showUsersCommand, trainCommand } from '@shared/language/server/commands'
import type {
  CodeAction,
  CodeLens,
  DocumentSymbol,
  FoldingRange,
  Position,
  SelectionRange,
  TextEdit,
} from 'vscode-languageserver-types'
import { openPanel } from '../app/navigation'
import { attempt } from '../app/notices'
import { featureId } from '../features/search'
import { monaco } from '../ui/monaco'
import { previewProgram, trainProgram } from './actions'
import { openDocument } from './documents'
import { languageClient } from './languageClient'
import { showUsers } from './placeProviders'
import { languageId } from './promlLanguage'
import { documentOf, protocolRange, rangeOf, textEdit, workspaceEdit } from './protocolText'
import { chooseModel } from './views'

/** The shape of the text, and what can be done with it. */
const client = languageClient()

monaco.languages.registerDocumentSymbolProvider(languageId, {
  displayName: 'Pro-ML',
  provideDocumentSymbols: async (model, token) => {
    const symbols = await client.request<DocumentSymbol[]>('textDocument/documentSymbol', documentOf(model), token)
    return symbols.map(symbolOf)
  },
})

/** The protocol’s kinds and tags count from 1, the editor’s kinds from 0. */
const symbolOf = (symbol: DocumentSymbol): monaco.languages.DocumentSymbol => ({
  name: symbol.name,
  detail: symbol.detail ?? '',
  kind: symbol.kind - 1,
  tags: symbol.tags ?? [],
  range: rangeOf(symbol.range),
  selectionRange: rangeOf(symbol.selectionRange),
  children: symbol.children?.map(symbolOf),
})

monaco.languages.registerFoldingRangeProvider(languageId, {
  provideFoldingRanges: async (model, _context, token) => {
    const ranges = await client.request<FoldingRange[]>('textDocument/foldingRange', documentOf(model), token)
    return ranges.map(({ startLine, endLine, kind }) => ({
      start: startLine + 1,
      end: endLine + 1,
      kind: kind === 'comment' ? monaco.languages.FoldingRangeKind.Comment : undefined,
    }))
  },
})

monaco.languages.registerSelectionRangeProvider(languageId, {
  provideSelectionRanges: async (model, positions, token) => {
    const asked = positions.map(({ lineNumber, column }) => ({ line: lineNumber - 1, character: column - 1 }))
    const found = await client.request<SelectionRange[]>(
      'textDocument/selectionRange',
      { ...documentOf(model), positions: asked },
      token,
    )
    return found.map(chainOf)
  },
})

const chainOf = (first: SelectionRange): monaco.languages.SelectionRange[] => {
  const chain: monaco.languages.SelectionRange[] = []
  for (let each: SelectionRange | undefined = first; each; each = each.parent)
    chain.push({ range: rangeOf(each.range) })
  return chain
}

const options = { tabSize: 2, insertSpaces: true }

monaco.languages.registerDocumentFormattingEditProvider(languageId, {
  provideDocumentFormattingEdits: async (model, _options, token) => {
    const edits = await client.request<TextEdit[]>('textDocument/formatting', { ...documentOf(model), options }, token)
    return edits.map(textEdit)
  },
})

monaco.languages.registerDocumentRangeFormattingEditProvider(languageId, {
  provideDocumentRangeFormattingEdits: async (model, range, _options, token) => {
    const asked = { ...documentOf(model), range: protocolRange(range), options }
    return (await client.request<TextEdit[]>('textDocument/rangeFormatting', asked, token)).map(textEdit)
  },
})

monaco.languages.registerCodeActionProvider(
  languageId,
  {
    provideCodeActions: async (model, range, context, token) => {
      const diagnostics = context.markers.map((marker) => ({
        range: protocolRange(marker),
        message: marker.message,
        code: typeof marker.code === 'object' ? marker.code.value : marker.code,
      }))
      const asked = {
        ...documentOf(model),
        range: protocolRange(range),
        context: { diagnostics, only: context.only ? [context.only] : undefined },
      }
      const actions = await client.request<CodeAction[]>('textDocument/codeAction', asked, token)
      return { actions: actions.map((action) => actionOf(action, context.markers)), dispose: () => {} }
    },
  },
  { providedCodeActionKinds: ['quickfix', 'refactor', 'source.fixAll'] },
)

const actionOf = (
  { title, kind, isPreferred, edit, diagnostics }: CodeAction,
  markers: readonly monaco.editor.IMarkerData[],
): monaco.languages.CodeAction => ({
  title,
  kind,
  isPreferred,
  edit: workspaceEdit(edit),
  diagnostics: markers.filter((marker) =>
    diagnostics?.some(
      ({ range, code }) =>
        code === (typeof marker.code === 'object' ? marker.code.value : marker.code) &&
        range.start.line + 1 === marker.startLineNumber &&
        range.start.character + 1 === marker.startColumn,
    ),
  ),
})

const lensesChanged = new monaco.Emitter<monaco.languages.CodeLensProvider>()
const lenses: monaco.languages.CodeLensProvider = {
  onDidChange: lensesChanged.event,
  provideCodeLenses: async (model, token) => {
    const found = await client.request<CodeLens[]>('textDocument/codeLens', documentOf(model), token)
    return { lenses: found.map(lensOf), dispose: () => {} }
  },
  resolveCodeLens: async (_model, lens, token) => {
    const asked = asProtocol.get(lens)
    return asked ? lensOf(await client.request<CodeLens>('codeLens/resolve', asked, token)) : lens
  },
}
/** The server’s own lens of each one shown, to ask for what it counts. */
const asProtocol = new WeakMap<monaco.languages.CodeLens, CodeLens>()

const lensOf = (lens: CodeLens): monaco.languages.CodeLens => {
  const { command } = lens
  const made: monaco.languages.CodeLens = {
    range: rangeOf(lens.range),
    command: command && { id: command.command, title: command.title, arguments: command.arguments },
  }
  asProtocol.set(made, lens)
  return made
}
monaco.languages.registerCodeLensProvider(languageId, lenses)
// Models of another file may have begun, or ceased, to use a feature of this one.
client.onDidCheck(() => lensesChanged.fire(lenses))

monaco.editor.registerCommand(trainCommand, (_accessor, argument: RunArgument) =>
  attempt(async () => {
    await choose(argument)
    await trainProgram(argument.path)
  }),
)
monaco.editor.registerCommand(previewCommand, (_accessor, argument: RunArgument) =>
  attempt(async () => {
    const { feature, namespace } = argument
    if (feature !== null) return openPanel('feature', { id: featureId({ namespace, name: feature }) })
    await choose(argument)
    await previewProgram(argument.path)
  }),
)
monaco.editor.registerCommand(showUsersCommand, (_accessor, uri: string, position: Position) =>
  attempt(() => showUsers(uri, position)),
)

const choose = async ({ path, model }: RunArgument): Promise<void> => {
  await openDocument(path)
  if (model !== null) chooseModel(path, model)
}
