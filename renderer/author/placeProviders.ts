import type {
  DocumentHighlight,
  DocumentLink,
  Location,
  Position,
  Range as ProtocolRange,
  WorkspaceEdit,
} from 'vscode-languageserver-types'
import { openFile } from '../app/navigation'
import { monaco } from '../ui/monaco'
import { showPlaces } from './documents'
import { editorOf } from './editors'
import { languageClient } from './languageClient'
import { pathOf } from './models'
import { languageId } from './promlLanguage'
import { documentOf, locationOf, placeOf, rangeOf, workspaceEdit } from './protocolText'
import { openTouched } from './renames'

/** Where names stand, in every file of the workspace, open or not. */
const client = languageClient()

/** The editor shows places only in texts that it has. */
const locations = async (places: readonly Location[]): Promise<monaco.languages.Location[]> => {
  await showPlaces([...new Set(places.map(({ uri }) => pathOf(uri)))])
  return places.map(locationOf).filter(({ uri }) => monaco.editor.getModel(uri) !== null)
}

monaco.languages.registerDefinitionProvider(languageId, {
  provideDefinition: async (model, position, token) => {
    const place = await client.request<Location | null>('textDocument/definition', placeOf(model, position), token)
    return place ? locations([place]) : null
  },
})

monaco.languages.registerTypeDefinitionProvider(languageId, {
  provideTypeDefinition: async (model, position, token) => {
    const place = await client.request<Location | null>('textDocument/typeDefinition', placeOf(model, position), token)
    return place ? locations([place]) : null
  },
})

monaco.languages.registerReferenceProvider(languageId, {
  provideReferences: async (model, position, context, token) =>
    locations(
      await client.request<Location[]>('textDocument/references', { ...placeOf(model, position), context }, token),
    ),
})

monaco.languages.registerDocumentHighlightProvider(languageId, {
  provideDocumentHighlights: async (model, position, token) => {
    const found = await client.request<DocumentHighlight[]>(
      'textDocument/documentHighlight',
      placeOf(model, position),
      token,
    )
    return found.map(({ range, kind }) => ({
      range: rangeOf(range),
      kind: kind === 3 ? monaco.languages.DocumentHighlightKind.Write : monaco.languages.DocumentHighlightKind.Read,
    }))
  },
})

monaco.languages.registerLinkProvider(languageId, {
  provideLinks: async (model, token) => {
    const links = await client.request<DocumentLink[]>('textDocument/documentLink', documentOf(model), token)
    return { links: links.map(({ range, target, tooltip }) => ({ range: rangeOf(range), url: target, tooltip })) }
  },
})

/** A place in another file opens in that file’s own tab. */
monaco.editor.registerEditorOpener({
  openCodeEditor: (_source, resource, place) => {
    const position = place && ('startLineNumber' in place ? monaco.Range.getStartPosition(place) : place)
    openFile(resource.path.slice(1), position ? { line: position.lineNumber, column: position.column } : {})
    return true
  },
})
monaco.editor.registerLinkOpener({
  open: (resource) => {
    if (resource.scheme !== 'file') return false
    openFile(resource.path.slice(1))
    return true
  },
})

monaco.languages.registerRenameProvider(languageId, {
  provideRenameEdits: async (model, position, newName, token) => {
    try {
      const edit = await client.request<WorkspaceEdit | null>(
        'textDocument/rename',
        { ...placeOf(model, position), newName },
        token,
      )
      return (await openTouched(edit)) ? workspaceEdit(edit) : { edits: [], rejectReason: 'A file could not be read.' }
    } catch (error) {
      return { edits: [], rejectReason: error instanceof Error ? error.message : String(error) }
    }
  },
  resolveRenameLocation: async (model, position, token) => {
    const place = await client.request<{ range: ProtocolRange; placeholder: string } | null>(
      'textDocument/prepareRename',
      placeOf(model, position),
      token,
    )
    if (place) return { range: rangeOf(place.range), text: place.placeholder }
    const range = { startLineNumber: 1, startColumn: 1, endLineNumber: 1, endColumn: 1 }
    return { range, text: '', rejectReason: 'Only names that a program declares can be renamed here.' }
  },
})

/** Who uses what a code lens stands over: its references, listed there. */
export const showUsers = async (uri: string, position: Position): Promise<void> => {
  const editor = editorOf(pathOf(uri))
  editor?.focus()
  editor?.setPosition({ lineNumber: position.line + 1, column: position.character + 1 })
  await editor?.getAction('editor.action.goToReferences')?.run()
}
