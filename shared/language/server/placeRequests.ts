import { type Connection, LSPErrorCodes, ResponseError } from 'vscode-languageserver'
import { lineageAt, nodeOf, readBy, readersOf } from './lineage'
import {
  definitionAt,
  highlightsAt,
  linksOf,
  locationOf,
  referencesAt,
  renamable,
  renameAt,
  typeDefinitionAt,
} from './navigation'
import { rangeOf } from './text'
import type { Workspace } from './workspace'

/** Answers about where names stand, in every file of the workspace. */
export function answerPlaces(connection: Connection, workspace: Workspace): void {
  connection.onDefinition(({ textDocument, position }) => {
    const found = workspace.at(textDocument.uri)
    const place = found && definitionAt(workspace.now(), found, found.text.offsetAt(position))
    return place && locationOf(place)
  })
  connection.onTypeDefinition(({ textDocument, position }) => {
    const found = workspace.at(textDocument.uri)
    const place = found && typeDefinitionAt(workspace.now(), found, found.text.offsetAt(position))
    return place && locationOf(place)
  })
  connection.onReferences(({ textDocument, position, context }) => {
    const found = workspace.at(textDocument.uri)
    return found ? referencesAt(workspace.now(), found, found.text.offsetAt(position), context.includeDeclaration) : []
  })
  connection.onDocumentHighlight(({ textDocument, position }) => {
    const found = workspace.at(textDocument.uri)
    return found ? highlightsAt(workspace.now(), found, found.text.offsetAt(position)) : []
  })
  connection.onDocumentLinks(({ textDocument }) => {
    const found = workspace.at(textDocument.uri)
    return found ? linksOf(found, workspace.uriOf) : []
  })
  connection.onPrepareRename(({ textDocument, position }) => {
    const found = workspace.at(textDocument.uri)
    const name = found && renamable(workspace.now(), found, found.text.offsetAt(position))
    return name ? { range: rangeOf(found.text, name.span), placeholder: name.name } : null
  })
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const found = workspace.at(textDocument.uri)
    if (!found) return null
    const renamed = renameAt(workspace.now(), found, found.text.offsetAt(position), newName)
    if (renamed.ok) return renamed.edit
    const { message, hint } = renamed.error
    throw new ResponseError(LSPErrorCodes.RequestFailed, `${message} ${hint ?? ''}`.trim())
  })
  connection.languages.callHierarchy.onPrepare(({ textDocument, position }) => {
    const found = workspace.at(textDocument.uri)
    return found ? lineageAt(workspace.now(), found, found.text.offsetAt(position)) : []
  })
  connection.languages.callHierarchy.onIncomingCalls(({ item }) => {
    const found = workspace.at(item.uri)
    const node = found && nodeOf(found, item)
    return node ? readersOf(workspace.now(), node) : []
  })
  connection.languages.callHierarchy.onOutgoingCalls(({ item }) => {
    const found = workspace.at(item.uri)
    const node = found && nodeOf(found, item)
    return node ? readBy(workspace.now(), node) : []
  })
}
