import type { GraphEdit, GraphNode } from '@shared/graph/graph'
import type { GraphAnswer } from '@shared/language/server/protocol'
import { create } from 'zustand'
import type { monaco } from '../ui/monaco'
import { pushEdits, useOpenDocuments } from './documents'
import { languageClient } from './languageClient'
import { setOutline, setOutlineChoice } from './outline'
import { renameAt } from './renames'

export type ViewMode = 'text' | 'both' | 'graph'

export interface AuthorView {
  readonly model: string | null
  readonly answer: GraphAnswer | null
  /** Id of the node that both views show as chosen. */
  readonly selected: string | null
  readonly isPreviewOpen: boolean
}

interface Views {
  readonly byPath: ReadonlyMap<string, AuthorView>
  /** Layout of the screen, the same for every file. */
  readonly mode: ViewMode
  readonly graphShare: number
}

const frameKey = 'proml.author.v1'
const remembered = (): Pick<Views, 'mode' | 'graphShare'> => {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(frameKey) ?? '{}')
    return { mode: 'both', graphShare: 0.54, ...(typeof kept === 'object' ? kept : {}) }
  } catch {
    return { mode: 'both', graphShare: 0.54 }
  }
}

export const useViews = create<Views>(() => ({ byPath: new Map(), ...remembered() }))

const emptyView: AuthorView = { model: null, answer: null, selected: null, isPreviewOpen: false }

export const viewOf = (views: Views, path: string): AuthorView => views.byPath.get(path) ?? emptyView

const change = (path: string, part: Partial<AuthorView>): void =>
  useViews.setState((views) => ({ byPath: new Map(views.byPath).set(path, { ...viewOf(views, path), ...part }) }))

const keepFrame = (part: Partial<Pick<Views, 'mode' | 'graphShare'>>): void => {
  useViews.setState(part)
  const { mode, graphShare } = useViews.getState()
  localStorage.setItem(frameKey, JSON.stringify({ mode, graphShare }))
}

export const setMode = (mode: ViewMode): void => keepFrame({ mode })
export const setGraphShare = (share: number): void => keepFrame({ graphShare: Math.min(0.85, Math.max(0.15, share)) })

export const selectNode = (path: string, selected: string | null): void => {
  if (viewOf(useViews.getState(), path).selected === selected) return
  change(path, { selected })
  setOutlineChoice(path, selected)
}
export const setPreviewOpen = (path: string, isPreviewOpen: boolean): void => change(path, { isPreviewOpen })

export const chooseModel = (path: string, model: string): void => {
  change(path, { model, selected: null })
  refreshGraph(path).catch(() => {})
}

/** Asks for the graph of the text as it is now. The answer to an older question never replaces a newer one. */
export async function refreshGraph(path: string): Promise<void> {
  const document = useOpenDocuments.getState().open.get(path)
  if (!document) return
  const { model } = viewOf(useViews.getState(), path)
  const client = languageClient()
  const [answer, outline] = await Promise.all([
    client.graph({ uri: document.uri, model }),
    client.outline(document.uri),
  ])
  const now = viewOf(useViews.getState(), path)
  if (!answer || answer.version < (now.answer?.version ?? 0) || now.model !== model) return
  change(path, { answer })
  setOutline(path, outline)
}

/** Keeps graph and outline of a file in step with its text while something shows them. */
export function followGraph(path: string, model: monaco.editor.ITextModel): () => void {
  const refresh = (): void => {
    refreshGraph(path).catch(() => {})
  }
  let timer: ReturnType<typeof setTimeout> | null = null
  const changed = model.onDidChangeContent(() => {
    if (timer) clearTimeout(timer)
    timer = setTimeout(refresh, 30)
  })
  const stopChecks = languageClient().onDidCheck(({ uri }) => {
    if (uri === model.uri.toString()) refresh()
  })
  refresh()
  return () => {
    if (timer) clearTimeout(timer)
    changed.dispose()
    stopChecks()
  }
}

export const selectedNode = (view: AuthorView): GraphNode | null =>
  view.answer?.graph.nodes.find((node) => node.id === view.selected) ?? null

/** Makes an edit of the graph in the text; answers what to tell where it was refused. */
export async function editGraph(path: string, edit: GraphEdit): Promise<string | null> {
  const document = useOpenDocuments.getState().open.get(path)
  if (!document) return 'This file is not open.'
  if (edit.kind === 'rename') return renameNode(path, edit)
  const answer = await languageClient().graphEdit({ uri: document.uri, edit })
  if (!answer.ok) return [answer.error.message, answer.error.hint].filter(Boolean).join(' ')
  if (answer.version !== document.model.getVersionId()) return 'The text changed meanwhile; try again.'
  // A field that is left says again what Enter has said: an edit that changes nothing must not need an undo of its own.
  const text = document.model.getValue()
  const edits = answer.edits.filter(({ span, text: next }) => text.slice(span.start, span.end) !== next)
  if (edits.length > 0) pushEdits(document.model, edits)
  return null
}

/** A feature may be meant by other files too: they follow. */
async function renameNode(
  path: string,
  { node: id, name }: Extract<GraphEdit, { kind: 'rename' }>,
): Promise<string | null> {
  await refreshGraph(path)
  const node = viewOf(useViews.getState(), path).answer?.graph.nodes.find((one) => one.id === id)
  if (!node) return 'This name is no longer in the text. Look at the text; the graph follows it.'
  if (node.file !== null) return `This is declared in ${node.file}. Rename it there; this file follows.`
  const refused = await renameAt(path, node.nameSpan.start, name)
  if (refused !== null) return refused
  const separator = id.includes('/') ? '/' : ':'
  change(path, { selected: `${id.slice(0, id.lastIndexOf(separator) + 1)}${name}` })
  return null
}
