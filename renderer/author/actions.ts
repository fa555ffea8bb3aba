import { openPanel } from '../app/navigation'
import { notify } from '../app/notices'
import { changeSettings, useSettings } from '../app/settings'
import { studio } from '../app/studio'
import { saveDocument, useOpenDocuments } from './documents'
import { editorOf } from './editors'
import { refreshGraph, setMode, setPreviewOpen, useViews, type ViewMode, viewOf } from './views'

/** The services read the file, not the editor: what they are to see is saved first. */
const saved = async (path: string): Promise<boolean> => {
  const document = useOpenDocuments.getState().open.get(path)
  return document ? !document.isDirty || (await saveDocument(path)) : false
}

const modelOf = async (path: string): Promise<string | null> => {
  await refreshGraph(path)
  return viewOf(useViews.getState(), path).answer?.graph.model ?? null
}

export async function trainProgram(path: string): Promise<void> {
  if (!(await saved(path))) return
  const model = await modelOf(path)
  if (model === null)
    return notify({ kind: 'info', title: 'This file has no model to train.', hint: 'Write one: model name { … }' })
  const { runId } = await studio.training.start({ path, model })
  openPanel('run', { id: runId })
}

export async function previewProgram(path: string): Promise<void> {
  if (!(await saved(path))) return
  if ((await modelOf(path)) === null)
    return notify({ kind: 'info', title: 'This file has no model to preview.', hint: 'Write one: model name { … }' })
  setPreviewOpen(path, true)
}

export const formatProgram = async (path: string): Promise<void> => {
  await editorOf(path)?.getAction('editor.action.formatDocument')?.run()
}

/** An action of the text editor by its id, for commands of the palette. */
export const runInEditor = async (path: string, action: string): Promise<void> => {
  const editor = editorOf(path)
  editor?.focus()
  await editor?.getAction(action)?.run()
}

export const toggleHints = (): void => changeSettings({ areHintsShown: !useSettings.getState().areHintsShown })

/** A person’s own save, formatted before where the settings say so. */
export const saveProgram = async (path: string): Promise<void> => {
  if (useSettings.getState().isFormattedOnSave) await formatProgram(path)
  await saveDocument(path)
}

/** In the text, the editor’s own rename; where a node is chosen and the text is hidden, the inspector’s name. */
export const renameInProgram = async (path: string): Promise<void> => {
  const editor = editorOf(path)
  const name = document.querySelector<HTMLInputElement>('.author-inspector .author-name input')
  if (name && !editor?.hasTextFocus()) return name.select()
  editor?.focus()
  await editor?.getAction('editor.action.rename')?.run()
}

export const showView = (mode: ViewMode): void => setMode(mode)

/** One history for text and graph: the editor’s. The model is asked, because the editor’s own command wants the focus. */
export const undoInProgram = async (path: string): Promise<void> => {
  await editorOf(path)?.getModel()?.undo()
}
export const redoInProgram = async (path: string): Promise<void> => {
  await editorOf(path)?.getModel()?.redo()
}
