import { type StudioErrorData, toStudioError } from '@shared/errors'
import { smallestChange } from '@shared/language/server/smallestChange'
import { create } from 'zustand'
import { setDocumentState } from '../app/navigation'
import { notifyError } from '../app/notices'
import { onEvent, studio } from '../app/studio'
import { monaco } from '../ui/monaco'
import { languageClient } from './languageClient'
import { modelWith } from './models'
import { languageId } from './promlLanguage'

export interface OpenDocument {
  readonly path: string
  readonly uri: string
  readonly model: monaco.editor.ITextModel
  /** Digest of the file as it was last read or written. */
  readonly digest: string
  readonly isDirty: boolean
  readonly isSaving: boolean
  /** The file changed on disk while it had unsaved text here. */
  readonly conflict: { readonly text: string; readonly digest: string } | null
  /** Unsaved text that an earlier session left. */
  readonly recovered: { readonly text: string; readonly savedAt: number } | null
}

interface Documents {
  readonly open: ReadonlyMap<string, OpenDocument>
  readonly failed: ReadonlyMap<string, StudioErrorData>
}

export const useOpenDocuments = create<Documents>(() => ({ open: new Map(), failed: new Map() }))

/** At most this long after a keystroke the text lies in the journal. */
const journalDelayMs = 1_000
const savedVersion = new Map<string, number>()
const journalTimers = new Map<string, ReturnType<typeof setTimeout>>()
const opening = new Map<string, Promise<void>>()

const find = (path: string): OpenDocument | undefined => useOpenDocuments.getState().open.get(path)

const change = (path: string, part: Partial<OpenDocument>): void =>
  useOpenDocuments.setState(({ open }) => {
    const document = open.get(path)
    return document ? { open: new Map(open).set(path, { ...document, ...part }) } : { open }
  })

/** Read a file into an editor’s model, once; a second call waits for the first. */
export const openDocument = (path: string): Promise<void> => {
  if (find(path)) return Promise.resolve()
  const started = opening.get(path)
  if (started) return started
  const work = read(path).finally(() => opening.delete(path))
  opening.set(path, work)
  return work
}

async function read(path: string): Promise<void> {
  try {
    const [{ text, digest }, journal] = await Promise.all([
      studio.workspace.read({ path }),
      studio.workspace.journalList({}).catch(() => []),
    ])
    const model = modelWith(path, text)
    const left = journal.find((entry) => entry.path === path)
    savedVersion.set(path, model.getAlternativeVersionId())
    follow(path, model)
    useOpenDocuments.setState(({ open, failed }) => {
      const stillFailed = new Map(failed)
      stillFailed.delete(path)
      const recovered = left && left.text !== text ? { text: left.text, savedAt: left.savedAt } : null
      const document = {
        path,
        uri: model.uri.toString(),
        model,
        digest,
        isDirty: false,
        isSaving: false,
        conflict: null,
        recovered,
      }
      return { open: new Map(open).set(path, document), failed: stillFailed }
    })
  } catch (error) {
    useOpenDocuments.setState(({ failed }) => ({ failed: new Map(failed).set(path, toStudioError(error).toData()) }))
  }
}

/** Gives files that are not open a model, for a list of places to show; one that cannot be read has none. */
export const showPlaces = async (paths: readonly string[]): Promise<void> => {
  await Promise.allSettled(
    paths
      .filter((path) => !find(path))
      .map(async (path) => {
        const { text } = await studio.workspace.read({ path })
        if (!find(path)) modelWith(path, text)
      }),
  )
}

function follow(path: string, model: monaco.editor.ITextModel): void {
  const client = languageClient()
  const uri = model.uri.toString()
  client.notify('textDocument/didOpen', {
    textDocument: { uri, languageId, version: model.getVersionId(), text: model.getValue() },
  })
  model.onDidChangeContent((event) => {
    client.notify('textDocument/didChange', {
      textDocument: { uri, version: event.versionId },
      contentChanges: event.isFlush
        ? [{ text: model.getValue() }]
        : event.changes.map((part) => ({
            range: {
              start: { line: part.range.startLineNumber - 1, character: part.range.startColumn - 1 },
              end: { line: part.range.endLineNumber - 1, character: part.range.endColumn - 1 },
            },
            text: part.text,
          })),
    })
    markDirty(path, model)
  })
}

function markDirty(path: string, model: monaco.editor.ITextModel): void {
  const isDirty = model.getAlternativeVersionId() !== savedVersion.get(path)
  if (find(path)?.isDirty !== isDirty) {
    change(path, { isDirty })
    setDocumentState(path, isDirty ? 'unsaved' : 'saved')
  }
  if (journalTimers.has(path)) return
  journalTimers.set(
    path,
    setTimeout(() => {
      journalTimers.delete(path)
      const document = find(path)
      // Text left by an earlier session stays in the journal until a person has decided about it.
      if (!document || (!document.isDirty && document.recovered)) return
      const text = document.isDirty ? document.model.getValue() : null
      studio.workspace.journalWrite({ path, text }).catch(notifyError)
    }, journalDelayMs),
  )
}

const markSaved = (path: string, version: number, digest: string): void => {
  const document = find(path)
  if (!document) return
  savedVersion.set(path, version)
  const isDirty = document.model.getAlternativeVersionId() !== version
  change(path, { digest, isDirty, conflict: null })
  setDocumentState(path, isDirty ? 'unsaved' : 'saved')
  if (!isDirty) studio.workspace.journalWrite({ path, text: null }).catch(() => {})
}

/** True where the file now holds the text; false where a conflict waits for a decision or the write failed (told). */
export async function saveDocument(path: string): Promise<boolean> {
  const document = find(path)
  if (!document || document.isSaving) return false
  const version = document.model.getAlternativeVersionId()
  change(path, { isSaving: true })
  try {
    const { digest } = await studio.workspace.write({
      path,
      text: document.model.getValue(),
      expectedDigest: document.digest,
    })
    markSaved(path, version, digest)
    return true
  } catch (thrown) {
    if (toStudioError(thrown).code !== 'conflict') notifyError(thrown)
    else await meetConflict(path)
    return false
  } finally {
    change(path, { isSaving: false })
  }
}

async function meetConflict(path: string): Promise<void> {
  try {
    change(path, { conflict: await studio.workspace.read({ path }) })
  } catch (error) {
    notifyError(error)
  }
}

/** Write over what came onto the disk. */
export async function keepMine(path: string): Promise<void> {
  const conflict = find(path)?.conflict
  if (!conflict) return
  change(path, { digest: conflict.digest, conflict: null })
  await saveDocument(path)
}

/** Take the text from the disk; what was here is one undo away. */
export function takeTheirs(path: string): void {
  const document = find(path)
  if (!document?.conflict) return
  const { text, digest } = document.conflict
  replaceText(document.model, text)
  markSaved(path, document.model.getAlternativeVersionId(), digest)
}

export function restoreRecovered(path: string): void {
  const document = find(path)
  if (!document?.recovered) return
  const { text } = document.recovered
  change(path, { recovered: null })
  replaceText(document.model, text)
}

export function discardRecovered(path: string): void {
  change(path, { recovered: null })
  studio.workspace.journalWrite({ path, text: null }).catch(notifyError)
}

/** One undoable step that touches only what differs. */
export function replaceText(model: monaco.editor.ITextModel, text: string): void {
  const part = smallestChange(model.getValue(), text)
  if (part) pushEdits(model, [part])
}

export function pushEdits(
  model: monaco.editor.ITextModel,
  edits: readonly { readonly span: { readonly start: number; readonly end: number }; readonly text: string }[],
): void {
  model.pushStackElement()
  model.pushEditOperations(
    null,
    edits.map(({ span, text }) => ({
      range: monaco.Range.fromPositions(model.getPositionAt(span.start), model.getPositionAt(span.end)),
      text,
      forceMoveMarkers: true,
    })),
    () => null,
  )
  model.pushStackElement()
}

async function onDiskChange(path: string): Promise<void> {
  const before = find(path)
  if (!before || before.isSaving) return
  const now = await studio.workspace.read({ path })
  const document = find(path)
  if (!document || document.isSaving || now.digest === document.digest) return
  if (now.text === document.model.getValue()) markSaved(path, document.model.getAlternativeVersionId(), now.digest)
  else if (document.isDirty) change(path, { conflict: now })
  else {
    replaceText(document.model, now.text)
    markSaved(path, document.model.getAlternativeVersionId(), now.digest)
  }
}

onEvent('workspace', 'changed', ({ paths }) => {
  for (const path of paths) if (find(path)) onDiskChange(path).catch(() => {})
  const others = paths.filter((path) => !path.startsWith('.proml/') && !find(path))
  if (others.length > 0) languageClient().filesChanged(others)
})

onEvent('kernels', 'copied', ({ path }) => languageClient().filesChanged([path]))
// A feature set that was not here may have come.
onEvent('registry', 'changed', () => languageClient().filesChanged([]))

// Not every change on disk is told by every system: coming back to the window looks again.
window.addEventListener('focus', () => {
  for (const path of useOpenDocuments.getState().open.keys()) onDiskChange(path).catch(() => {})
})
