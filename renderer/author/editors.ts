import type { GraphNode } from '@shared/graph/graph'
import { monaco } from '../ui/monaco'

type Editor = monaco.editor.IStandaloneCodeEditor

const editors = new Map<string, Editor>()

export const registerEditor = (path: string, editor: Editor): (() => void) => {
  editors.set(path, editor)
  return () => {
    if (editors.get(path) === editor) editors.delete(path)
  }
}

export const editorOf = (path: string): Editor | undefined => editors.get(path)

/** Shows a node’s statement with its name selected, without taking the focus from where it is. */
export function revealNode(path: string, node: GraphNode): void {
  const editor = editors.get(path)
  const model = editor?.getModel()
  if (!editor || !model) return
  const range = monaco.Range.fromPositions(
    model.getPositionAt(node.nameSpan.start),
    model.getPositionAt(node.nameSpan.end),
  )
  editor.setSelection(range, 'graph')
  editor.revealRangeInCenterIfOutsideViewport(range)
}

export function revealPlace(path: string, line: number, column: number): void {
  const editor = editors.get(path)
  if (!editor) return
  editor.setPosition({ lineNumber: line, column }, 'navigation')
  editor.revealLineInCenterIfOutsideViewport(line)
  editor.focus()
}
