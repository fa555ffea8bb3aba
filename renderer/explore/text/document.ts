import { StudioError, type StudioErrorData, toStudioError } from '@shared/errors'
import { createStore, type StoreApi } from 'zustand'
import { setDocumentState } from '../../app/navigation'
import { notifyError } from '../../app/notices'
import { useSettings } from '../../app/settings'
import { studio } from '../../app/studio'

export interface TextState {
  /** Null until it is read. */
  readonly text: string | null
  readonly savedText: string
  readonly digest: string | null
  readonly error: StudioErrorData | null
  /** The file changed on disk while there is unsaved text here. */
  readonly isInConflict: boolean
  /** Text of an earlier session that was never saved. */
  readonly recovered: string | null
}

export interface TextDocument extends StoreApi<TextState> {
  edit(text: string): void
  save(how?: 'check' | 'overwrite'): Promise<void>
  /** Take what is on disk; unsaved text is dropped only when asked. */
  reload(unsaved: 'keep' | 'drop'): Promise<void>
  takeRecovered(): void
  dropRecovered(): void
  dispose(): void
}

const journalAfterMs = 1_000
const autosaveAfterMs = 1_500

export const createTextDocument = (path: string): TextDocument => {
  const store = createStore<TextState>(() => ({
    text: null,
    savedText: '',
    digest: null,
    error: null,
    isInConflict: false,
    recovered: null,
  }))
  let journalTimer: ReturnType<typeof setTimeout> | undefined
  let saveTimer: ReturnType<typeof setTimeout> | undefined
  let saving: Promise<void> = Promise.resolve()

  const isUnsaved = (): boolean => {
    const { text, savedText } = store.getState()
    return text !== null && text !== savedText
  }
  const mark = (): void => setDocumentState(path, isUnsaved() ? 'unsaved' : 'saved')
  const journal = (text: string | null): void => {
    studio.workspace.journalWrite({ path, text }).catch(() => {})
  }

  const write = async (how: 'check' | 'overwrite'): Promise<void> => {
    clearTimeout(saveTimer)
    const { text, digest } = store.getState()
    if (text === null) return
    try {
      const written = await studio.workspace.write({
        path,
        text,
        expectedDigest: how === 'overwrite' ? undefined : digest,
      })
      store.setState({ savedText: text, digest: written.digest, isInConflict: false })
      mark()
      clearTimeout(journalTimer)
      if (!isUnsaved()) journal(null)
    } catch (thrown) {
      const error = toStudioError(thrown)
      if (error.code === 'conflict') store.setState({ isInConflict: true })
      else throw error
    }
  }
  const save = (how: 'check' | 'overwrite' = 'check'): Promise<void> => {
    // One after another: the second names the digest that the first made.
    saving = saving.catch(() => {}).then(() => write(how))
    return saving
  }

  const reload = async (unsaved: 'keep' | 'drop'): Promise<void> => {
    try {
      const { text, digest } = await studio.workspace.read({ path })
      if (digest === store.getState().digest && unsaved === 'keep') return
      if (isUnsaved() && unsaved === 'keep') {
        store.setState({ isInConflict: true })
        return
      }
      store.setState({ text, savedText: text, digest, error: null, isInConflict: false })
      if (unsaved === 'drop') journal(null)
      mark()
    } catch (thrown) {
      const error = toStudioError(thrown)
      // What is on the screen stays readable when the file goes away under it.
      if (store.getState().text === null) store.setState({ error: error.toData() })
      else if (!(error instanceof StudioError && error.code === 'offline')) store.setState({ isInConflict: true })
    }
  }

  const start = async (): Promise<void> => {
    await reload('keep')
    const left = (await studio.workspace.journalList({})).find((entry) => entry.path === path)
    if (left && left.text !== store.getState().savedText) store.setState({ recovered: left.text })
  }
  start().catch(() => {})

  return {
    ...store,
    edit(text) {
      store.setState({ text })
      mark()
      clearTimeout(journalTimer)
      journalTimer = setTimeout(() => journal(isUnsaved() ? text : null), journalAfterMs)
      clearTimeout(saveTimer)
      if (useSettings.getState().autosave === 'afterDelay' && !store.getState().isInConflict)
        saveTimer = setTimeout(() => save().catch(notifyError), autosaveAfterMs)
    },
    save,
    reload,
    takeRecovered() {
      const { recovered } = store.getState()
      if (recovered === null) return
      store.setState({ text: recovered, recovered: null })
      mark()
    },
    dropRecovered() {
      store.setState({ recovered: null })
      journal(null)
    },
    dispose() {
      clearTimeout(journalTimer)
      clearTimeout(saveTimer)
      const { text, isInConflict } = store.getState()
      if (!isUnsaved()) return
      // A closed tab loses nothing: saved where that is wanted and safe, else kept aside.
      if (useSettings.getState().autosave === 'afterDelay' && !isInConflict) save().catch(notifyError)
      else journal(text)
      setDocumentState(path, 'saved')
    },
  }
}
