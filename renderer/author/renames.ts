import type { WorkspaceEdit } from 'vscode-languageserver-types'
import { notify, notifyError } from '../app/notices'
import { openDocument, pushEdits, saveDocument, useOpenDocuments } from './documents'
import { languageClient } from './languageClient'
import { pathOf } from './models'
import { placeOf, rangeOf } from './protocolText'

/**
 * Opens every file that an edit touches, so that each has its own undo and journal; those that were not open are written once they
 * are changed, since nobody sees that they are unsaved. False where one cannot be read: then nothing may be changed.
 */
export async function openTouched(edit: WorkspaceEdit | null): Promise<boolean> {
  const wasOpen = useOpenDocuments.getState().open
  const paths = Object.keys(edit?.changes ?? {}).map(pathOf)
  const others = paths.filter((path) => !wasOpen.has(path))
  await Promise.all(others.map(openDocument))
  const { open } = useOpenDocuments.getState()
  if (paths.some((path) => !open.has(path))) return false
  for (const path of others) {
    const once = open.get(path)?.model.onDidChangeContent(() => {
      once?.dispose()
      // After the whole edit, which may change a text in several steps.
      setTimeout(() => saveTouched(path), 0)
    })
  }
  return true
}

const saveTouched = (path: string): void => {
  saveDocument(path)
    .then((isSaved) => {
      if (isSaved) notify({ kind: 'info', title: `${path} was changed too.`, hint: 'Open it to look, or to undo.' })
    })
    .catch(notifyError)
}

/** Renames what stands at an offset, in every file that means it; answers what to tell where it was refused. */
export async function renameAt(path: string, offset: number, newName: string): Promise<string | null> {
  const document = useOpenDocuments.getState().open.get(path)
  if (!document) return 'This file is not open.'
  const { model } = document
  const version = model.getVersionId()
  try {
    const place = placeOf(model, model.getPositionAt(offset))
    const edit = await languageClient().request<WorkspaceEdit | null>('textDocument/rename', { ...place, newName })
    if (!(await openTouched(edit))) return 'A file that means this name could not be read; nothing was changed.'
    if (model.getVersionId() !== version) return 'The text changed meanwhile; try again.'
    apply(edit)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** One step of undo in each text. */
function apply(edit: WorkspaceEdit | null): void {
  const { open } = useOpenDocuments.getState()
  for (const [uri, edits] of Object.entries(edit?.changes ?? {})) {
    const model = open.get(pathOf(uri))?.model
    if (!model) continue
    const parts = edits.map(({ range, newText }) => {
      const { startLineNumber, startColumn, endLineNumber, endColumn } = rangeOf(range)
      const start = model.getOffsetAt({ lineNumber: startLineNumber, column: startColumn })
      return {
        span: { start, end: model.getOffsetAt({ lineNumber: endLineNumber, column: endColumn }) },
        text: newText,
      }
    })
    pushEdits(model, parts)
  }
}
