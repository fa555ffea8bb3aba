import type {
  Location,
  MarkupContent,
  Range as ProtocolRange,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver-types'
import { monaco } from '../ui/monaco'

/** Between the protocol’s places, which count from 0, and the editor’s, which count from 1. */
export const rangeOf = ({ start, end }: ProtocolRange): monaco.IRange => ({
  startLineNumber: start.line + 1,
  startColumn: start.character + 1,
  endLineNumber: end.line + 1,
  endColumn: end.character + 1,
})

export const protocolRange = (range: monaco.IRange): ProtocolRange => ({
  start: { line: range.startLineNumber - 1, character: range.startColumn - 1 },
  end: { line: range.endLineNumber - 1, character: range.endColumn - 1 },
})

export const documentOf = (model: monaco.editor.ITextModel) => ({ textDocument: { uri: model.uri.toString() } })

export const placeOf = (model: monaco.editor.ITextModel, position: monaco.IPosition) => ({
  ...documentOf(model),
  position: { line: position.lineNumber - 1, character: position.column - 1 },
})

export const locationOf = (place: Location): monaco.languages.Location => ({
  uri: monaco.Uri.parse(place.uri),
  range: rangeOf(place.range),
})

export const textEdit = (edit: TextEdit): monaco.languages.TextEdit => ({
  range: rangeOf(edit.range),
  text: edit.newText,
})

/** Edits of versions that are gone are refused by the editor, so that nothing is written over. */
export const workspaceEdit = (edit: WorkspaceEdit | null | undefined): monaco.languages.WorkspaceEdit => ({
  edits: Object.entries(edit?.changes ?? {}).flatMap(([uri, edits]) => {
    const resource = monaco.Uri.parse(uri)
    const versionId = monaco.editor.getModel(resource)?.getVersionId()
    return edits.map((one) => ({ resource, versionId, textEdit: textEdit(one) }))
  }),
})

export const markdown = (content: string | MarkupContent | unknown): monaco.IMarkdownString | undefined => {
  if (typeof content === 'string') return { value: content }
  return typeof content === 'object' && content !== null && 'value' in content && typeof content.value === 'string'
    ? { value: content.value }
    : undefined
}
