import type { Connection } from 'vscode-languageserver'
import { buildGraph, modelNames } from '../../graph/build'
import { applyGraphEdit } from '../../graph/edit'
import { layoutGraph } from '../../graph/layout'
import { outlineOf } from './outline'
import {
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
import type { Workspace } from './workspace'

/** What the studio asks beyond the Language Server Protocol. */
export function answerStudio(connection: Connection, workspace: Workspace): void {
  connection.onRequest(graphRequest, ({ uri, model }: GraphParams): GraphAnswer | null => {
    const found = workspace.at(uri)
    if (!found) return null
    const { document, namespace, diagnostics, others, text } = found
    const models = modelNames(document)
    const chosen = model !== null && models.includes(model) ? model : (models[0] ?? null)
    const wanted = new Set(document.imports.map(({ from }) => from?.text))
    const foreign = workspace.now().files.filter(({ file }) => wanted.has(file))
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ span }) => span)
    const graph = buildGraph(document, chosen, {
      types: namespace.types,
      errors,
      columns: namespace.columnNames,
      others,
      foreign,
    })
    return { version: text.version, models, graph, layout: layoutGraph(graph) }
  })

  connection.onRequest<GraphEditAnswer, void>(graphEditRequest, ({ uri, edit }: GraphEditParams): GraphEditAnswer => {
    const found = workspace.at(uri)
    if (!found?.isOpen)
      return {
        ok: false,
        error: { code: 'not_found', message: 'This file is not open.', hint: 'Open it and try again.' },
      }
    const result = applyGraphEdit(found.document, edit, found.namespace.columnNames)
    return result.ok ? { ...result, version: found.text.version } : result
  })

  connection.onRequest(outlineRequest, ({ uri }: OutlineParams): OutlineItem[] => {
    const found = workspace.at(uri)
    return found ? outlineOf(found.document) : []
  })
}
