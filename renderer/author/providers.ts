import type {
  CompletionItem,
  Hover,
  Location,
  Range as ProtocolRange,
  WorkspaceEdit,
} from 'vscode-languageserver-types'
import { monaco } from '../ui/monaco'
import { languageClient } from './languageClient'
import { useProblems } from './problems'
import { languageId } from './promlLanguage'

const client = languageClient()

const rangeOf = ({ start, end }: ProtocolRange): monaco.IRange => ({
  startLineNumber: start.line + 1,
  startColumn: start.character + 1,
  endLineNumber: end.line + 1,
  endColumn: end.character + 1,
})

const at = (model: monaco.editor.ITextModel, position: monaco.Position) => ({
  textDocument: { uri: model.uri.toString() },
  position: { line: position.lineNumber - 1, character: position.column - 1 },
})

const editsOf = (edit: WorkspaceEdit | null): monaco.languages.WorkspaceEdit => ({
  edits: Object.entries(edit?.changes ?? {}).flatMap(([uri, edits]) =>
    edits.map((one) => ({
      resource: monaco.Uri.parse(uri),
      versionId: undefined,
      textEdit: { range: rangeOf(one.range), text: one.newText },
    })),
  ),
})

/** The protocol’s kinds count from 1 in another order than the editor’s. */
const kinds = monaco.languages.CompletionItemKind
const completionKinds: Readonly<Record<number, monaco.languages.CompletionItemKind>> = {
  3: kinds.Function,
  5: kinds.Field,
  6: kinds.Variable,
  7: kinds.Class,
  9: kinds.Module,
  10: kinds.Property,
  12: kinds.Value,
  14: kinds.Keyword,
  15: kinds.Snippet,
  17: kinds.File,
  20: kinds.EnumMember,
  25: kinds.TypeParameter,
}

const markdown = (content: CompletionItem['documentation'] | Hover['contents']): monaco.IMarkdownString | undefined =>
  typeof content === 'object' && 'value' in content ? { value: content.value } : undefined

monaco.languages.registerCompletionItemProvider(languageId, {
  triggerCharacters: ['(', ','],
  provideCompletionItems: async (model, position) => {
    const items = await client.request<CompletionItem[]>('textDocument/completion', at(model, position))
    const word = model.getWordUntilPosition(position)
    const range = {
      startLineNumber: position.lineNumber,
      endLineNumber: position.lineNumber,
      startColumn: word.startColumn,
      endColumn: word.endColumn,
    }
    return {
      suggestions: items.map((item) => ({
        label: item.label,
        kind: completionKinds[item.kind ?? 6] ?? kinds.Text,
        detail: item.detail,
        documentation: markdown(item.documentation),
        insertText: item.insertText ?? item.label,
        insertTextRules:
          item.insertTextFormat === 2 ? monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet : undefined,
        sortText: item.sortText,
        range,
      })),
    }
  },
})

monaco.languages.registerHoverProvider(languageId, {
  provideHover: async (model, position) => {
    const hover = await client.request<Hover | null>('textDocument/hover', at(model, position))
    const text = hover ? markdown(hover.contents) : undefined
    return hover && text ? { contents: [text], range: hover.range && rangeOf(hover.range) } : null
  },
})

monaco.languages.registerDefinitionProvider(languageId, {
  provideDefinition: async (model, position) => {
    const place = await client.request<Location | null>('textDocument/definition', at(model, position))
    return place ? { uri: monaco.Uri.parse(place.uri), range: rangeOf(place.range) } : null
  },
})

monaco.languages.registerReferenceProvider(languageId, {
  provideReferences: async (model, position) => {
    const places = await client.request<Location[]>('textDocument/references', {
      ...at(model, position),
      context: { includeDeclaration: true },
    })
    return places.map((place) => ({ uri: monaco.Uri.parse(place.uri), range: rangeOf(place.range) }))
  },
})

monaco.languages.registerRenameProvider(languageId, {
  provideRenameEdits: async (model, position, newName) => {
    try {
      return editsOf(await client.request('textDocument/rename', { ...at(model, position), newName }))
    } catch (error) {
      return { edits: [], rejectReason: error instanceof Error ? error.message : String(error) }
    }
  },
  resolveRenameLocation: async (model, position) => {
    const place = await client.request<{ range: ProtocolRange; placeholder: string } | null>(
      'textDocument/prepareRename',
      at(model, position),
    )
    if (place) return { range: rangeOf(place.range), text: place.placeholder }
    const range = { startLineNumber: 1, startColumn: 1, endLineNumber: 1, endColumn: 1 }
    return { range, text: '', rejectReason: 'Only names that this file declares can be renamed here.' }
  },
})

monaco.languages.registerDocumentFormattingEditProvider(languageId, {
  provideDocumentFormattingEdits: async (model) => {
    const edits = await client.request<{ range: ProtocolRange; newText: string }[]>('textDocument/formatting', {
      textDocument: { uri: model.uri.toString() },
      options: { tabSize: 2, insertSpaces: true },
    })
    return edits.map((edit) => ({ range: rangeOf(edit.range), text: edit.newText }))
  },
})

monaco.languages.registerCodeActionProvider(languageId, {
  provideCodeActions: (model, _range, context) => {
    const problems = useProblems.getState().byFile[model.uri.path.slice(1)] ?? []
    const actions = problems.flatMap((problem) => {
      const start = model.getPositionAt(problem.span.start)
      const marker = context.markers.find(
        (one) =>
          one.code === problem.code && one.startLineNumber === start.lineNumber && one.startColumn === start.column,
      )
      if (!marker) return []
      return problem.fixes.map((fix) => ({
        title: fix.title,
        kind: 'quickfix',
        diagnostics: [marker],
        isPreferred: problem.fixes.length === 1,
        edit: {
          edits: fix.edits.map(({ span, text }) => ({
            resource: model.uri,
            versionId: model.getVersionId(),
            textEdit: {
              range: monaco.Range.fromPositions(model.getPositionAt(span.start), model.getPositionAt(span.end)),
              text,
            },
          })),
        },
      }))
    })
    return { actions, dispose: () => {} }
  },
})
