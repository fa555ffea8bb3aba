import { type StudioErrorData, toStudioError } from '@shared/errors'
import type { Execution, Kernel } from '@shared/kernels/kernel'
import { applyEdit, emptyNotebook, type NotebookEdit, newCell } from '@shared/notebook/edits'
import {
  type CellKind,
  type NotebookCell,
  type NotebookDocument,
  parseNotebook,
  printNotebook,
} from '@shared/notebook/notebook'
import { create, type StoreApi, type UseBoundStore } from 'zustand'
import { setDocumentState } from '../app/navigation'
import { notify, notifyError } from '../app/notices'
import { onEvent, studio } from '../app/studio'

interface Step {
  readonly edit: NotebookEdit
  readonly inverse: NotebookEdit
  readonly label: string
}

export interface NotebookState {
  readonly path: string
  readonly load: { readonly state: 'loading' | 'ready' } | { readonly state: 'failed'; readonly error: StudioErrorData }
  readonly document: NotebookDocument
  /** Of the file as we read or wrote it last. */
  readonly digest: string | null
  readonly isUnsaved: boolean
  /** Someone else changed the file while there were unsaved edits here. */
  readonly hasChangedOnDisk: boolean
  readonly selected: string | null
  /** Letters are commands in one, text in the other. */
  readonly mode: 'command' | 'edit'
  /** Grows when the selected cell should take the keyboard focus. */
  readonly focusRequest: number
  readonly past: readonly Step[]
  readonly future: readonly Step[]
  readonly kernel: Kernel | null
  readonly kernelState: 'none' | 'starting' | 'ready'
  readonly spec: string | null
  /** Newest execution of each cell, by cell key. */
  readonly executions: Readonly<Record<string, Execution>>
  /** Cells that wait for the kernel to be there. */
  readonly waiting: readonly string[]
  /** Deaths that the person has seen the banner of. */
  readonly seenDeaths: number
  readonly copied: NotebookCell | null
}

export type NotebookStore = UseBoundStore<StoreApi<NotebookState>>

const stores = new Map<string, NotebookStore>()
const keptSteps = 500
const journalDelayMs = 1_000

export const openStores = (): Iterable<NotebookStore> => stores.values()

const keyOf = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 12)

/** Without outputs: they can be large, and a kernel that lives still has them. */
const journalText = (document: NotebookDocument): string =>
  printNotebook({ ...document, cells: document.cells.map((cell) => ({ ...cell, outputs: [] })) })

const withOutputsOf = (document: NotebookDocument, file: NotebookDocument): NotebookDocument => {
  const outputs = new Map(file.cells.map((cell) => [cell.key, cell.outputs]))
  return {
    ...document,
    cells: document.cells.map((cell) =>
      cell.kind === 'code' ? { ...cell, outputs: outputs.get(cell.key) ?? [] } : cell,
    ),
  }
}

const journalTimers = new Map<string, ReturnType<typeof setTimeout>>()

const writeJournal = (store: NotebookStore): void => {
  const { path } = store.getState()
  clearTimeout(journalTimers.get(path))
  journalTimers.set(
    path,
    setTimeout(() => {
      if (!store.getState().isUnsaved) return
      studio.workspace.journalWrite({ path, text: journalText(store.getState().document) }).catch(() => {})
    }, journalDelayMs),
  )
}

const forgetJournal = (path: string): void => {
  clearTimeout(journalTimers.get(path))
  studio.workspace.journalWrite({ path, text: null }).catch(() => {})
}

const markUnsaved = (store: NotebookStore): void => {
  if (!store.getState().isUnsaved) {
    store.setState({ isUnsaved: true })
    setDocumentState(store.getState().path, 'unsaved')
  }
  writeJournal(store)
}

const markSaved = (store: NotebookStore, digest: string): void => {
  store.setState({ isUnsaved: false, digest, hasChangedOnDisk: false })
  setDocumentState(store.getState().path, 'saved')
  forgetJournal(store.getState().path)
}

/** Reads the file, and lays over it what an earlier window left unsaved. */
export const loadNotebook = async (store: NotebookStore): Promise<void> => {
  const { path } = store.getState()
  try {
    const [{ text, digest }, journal] = await Promise.all([
      studio.workspace.read({ path }),
      studio.workspace.journalList({}).catch(() => []),
    ])
    const file = text.trim() === '' ? emptyNotebook(keyOf()) : parseNotebook(text)
    const left = journal.find((entry) => entry.path === path)
    let document = file
    if (left) {
      try {
        document = withOutputsOf(parseNotebook(left.text), file)
      } catch (error) {
        notifyError(error)
      }
    }
    const isUnsaved = document !== file && printNotebook(document) !== printNotebook(file)
    store.setState({
      load: { state: 'ready' },
      document,
      digest,
      isUnsaved,
      hasChangedOnDisk: false,
      past: [],
      future: [],
      selected:
        document.cells.find((cell) => cell.key === store.getState().selected)?.key ?? document.cells[0]?.key ?? null,
    })
    setDocumentState(path, isUnsaved ? 'unsaved' : 'saved')
    if (isUnsaved)
      notify({
        kind: 'info',
        title: `Unsaved changes of ${path} were restored.`,
        action: { label: 'Discard them', run: () => void discardChanges(store) },
      })
    else if (left) forgetJournal(path)
  } catch (error) {
    store.setState({ load: { state: 'failed', error: toStudioError(error).toData() } })
  }
}

export const discardChanges = async (store: NotebookStore): Promise<void> => {
  await studio.workspace.journalWrite({ path: store.getState().path, text: null })
  await loadNotebook(store)
}

/** Another program wrote the file: show its content, unless that would lose edits. */
const followFile = async (store: NotebookStore): Promise<void> => {
  const { path, digest, isUnsaved } = store.getState()
  const now = await studio.workspace.read({ path })
  if (now.digest === store.getState().digest || digest !== store.getState().digest) return
  if (isUnsaved) store.setState({ hasChangedOnDisk: true })
  else await loadNotebook(store)
}

export const saveNotebook = async (
  store: NotebookStore,
  over: 'file as read' | 'any file' = 'file as read',
): Promise<void> => {
  const { path, document, digest } = store.getState()
  try {
    const written = await studio.workspace.write({
      path,
      text: printNotebook(document),
      ...(over === 'file as read' && digest !== null ? { expectedDigest: digest } : {}),
    })
    markSaved(store, written.digest)
    // Typed while the file was being written.
    if (store.getState().document !== document) markUnsaved(store)
  } catch (thrown) {
    const error = toStudioError(thrown)
    if (error.code !== 'conflict') throw error
    store.setState({ hasChangedOnDisk: true })
  }
}

const created = (path: string): NotebookStore =>
  create<NotebookState>(() => ({
    path,
    load: { state: 'loading' },
    document: { cells: [], metadata: {}, minor: 5, rest: {} },
    digest: null,
    isUnsaved: false,
    hasChangedOnDisk: false,
    selected: null,
    mode: 'command',
    focusRequest: 0,
    past: [],
    future: [],
    kernel: null,
    kernelState: 'none',
    spec: null,
    executions: {},
    waiting: [],
    seenDeaths: 0,
    copied: null,
  }))

/** The one store of a notebook; it stays while the window is there, so that closing a tab loses nothing. */
export const notebookStore = (path: string, onCreate: (store: NotebookStore) => void): NotebookStore => {
  const known = stores.get(path)
  if (known) return known
  const store = created(path)
  stores.set(path, store)
  void loadNotebook(store).then(() => onCreate(store))
  onEvent('workspace', 'changed', ({ paths }) => {
    if (paths.includes(path) && store.getState().load.state === 'ready') followFile(store).catch(() => {})
  })
  return store
}

const remember = (past: readonly Step[], step: Step): readonly Step[] => {
  const last = past.at(-1)
  // Typing in one cell is one step.
  if (last?.edit.kind === 'setSource' && step.edit.kind === 'setSource' && last.edit.key === step.edit.key)
    return [...past.slice(0, -1), { ...step, inverse: last.inverse }]
  return [...past, step].slice(-keptSteps)
}

/** Do an edit that can be undone. */
export const edit = (store: NotebookStore, change: NotebookEdit): void => {
  const { document, past } = store.getState()
  const applied = applyEdit(document, change)
  if (!applied) return
  const step = { edit: change, inverse: applied.inverse, label: applied.label }
  store.setState({
    document: applied.document,
    past: remember(past, step),
    future: [],
    selected: applied.focus,
    // Who types has the focus already.
    focusRequest: store.getState().focusRequest + (change.kind === 'setSource' ? 0 : 1),
  })
  markUnsaved(store)
}

/** What a kernel does to the document is no step to undo. */
export const setOutputs = (store: NotebookStore, change: NotebookEdit & { kind: 'setOutputs' }): void => {
  const applied = applyEdit(store.getState().document, change)
  if (!applied) return
  store.setState({ document: applied.document })
  markUnsaved(store)
}

const travel = (store: NotebookStore, from: 'past' | 'future'): void => {
  const state = store.getState()
  const step = state[from].at(-1)
  if (!step) return
  const applied = applyEdit(state.document, from === 'past' ? step.inverse : step.edit)
  const back: Step = applied && from === 'past' ? { ...step, edit: applied.inverse } : step
  const forth: Step = applied && from === 'future' ? { ...step, inverse: applied.inverse } : step
  store.setState({
    past: from === 'past' ? state.past.slice(0, -1) : [...state.past, forth],
    future: from === 'past' ? [...state.future, back] : state.future.slice(0, -1),
    ...(applied ? { document: applied.document, selected: applied.focus, focusRequest: state.focusRequest + 1 } : {}),
  })
  markUnsaved(store)
}

export const undo = (store: NotebookStore): void => travel(store, 'past')
export const redo = (store: NotebookStore): void => travel(store, 'future')

export const indexOfCell = (state: NotebookState, key: string | null): number =>
  state.document.cells.findIndex((cell) => cell.key === key)

/** Says which cell the focus is in; does not move the focus. */
export const selectCell = (store: NotebookStore, key: string, mode: NotebookState['mode']): void => {
  const state = store.getState()
  if (state.selected !== key || state.mode !== mode) store.setState({ selected: key, mode })
}

/** Selects a cell and moves the focus there. */
export const goToCell = (store: NotebookStore, key: string, mode: NotebookState['mode']): void =>
  store.setState(({ focusRequest }) => ({ selected: key, mode, focusRequest: focusRequest + 1 }))

/** The cell before or after; returns false at the ends. */
export const goToNeighbour = (store: NotebookStore, step: 1 | -1, mode: NotebookState['mode']): boolean => {
  const state = store.getState()
  const cell = state.document.cells[indexOfCell(state, state.selected) + step]
  if (cell) goToCell(store, cell.key, mode)
  return cell !== undefined
}

export const insertCell = (store: NotebookStore, where: 'above' | 'below', kind: CellKind = 'code'): string => {
  const state = store.getState()
  const at = indexOfCell(state, state.selected)
  const key = keyOf()
  edit(store, { kind: 'insert', index: where === 'above' ? Math.max(0, at) : at + 1, cell: newCell(key, kind) })
  return key
}

export const pasteCell = (store: NotebookStore): void => {
  const state = store.getState()
  if (!state.copied) return
  const cell = { ...state.copied, key: keyOf() }
  edit(store, { kind: 'insert', index: indexOfCell(state, state.selected) + 1, cell })
}

export const clearOutputs = (store: NotebookStore): void => {
  for (const cell of store.getState().document.cells)
    if (cell.kind === 'code' && (cell.outputs.length > 0 || cell.executionCount !== null))
      setOutputs(store, { kind: 'setOutputs', key: cell.key, outputs: [], executionCount: null })
  store.setState({ executions: {} })
}
