import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useJobs } from '../app/jobs'
import { attempt } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { ProgressBar } from '../ui/states'
import { ensureKernel, runAll } from './kernelLink'
import { usePython } from './pythonStatus'
import { loadNotebook, type NotebookStore, saveNotebook } from './store'

const Banner = ({
  tone,
  children,
  actions,
}: {
  readonly tone: 'info' | 'warn' | 'bad'
  readonly children: ReactNode
  readonly actions?: ReactNode
}) => (
  <div className={`notebook-banner notebook-banner-${tone}`} role={tone === 'info' ? 'status' : 'alert'}>
    {tone === 'info' ? null : <TriangleAlert size={14} aria-hidden />}
    <div className="notebook-banner-text">{children}</div>
    {actions}
  </div>
)

const PythonBanner = ({ store }: { readonly store: NotebookStore }) => {
  const status = usePython((state) => state.status)
  const job = useJobs((state) => state.jobs.find((one) => one.id === status?.jobId))
  const waiting = store((state) => state.waiting.length)
  if (!status || status.state === 'ready' || status.state === 'unknown') return null
  const later = waiting > 0 ? ' The cells you started run when it is ready.' : ' You can read and write meanwhile.'
  if (status.state === 'installing')
    return (
      <Banner tone="info">
        Python is being set up: {status.message}.{later}
        <ProgressBar label="Setting up Python" value={job?.progress ?? null} />
      </Banner>
    )
  return (
    <Banner
      tone={status.state === 'failed' ? 'bad' : 'warn'}
      actions={<Button onPress={() => attempt(() => studio.python.ensure({}))}>Set up Python</Button>}
    >
      {status.message}
    </Banner>
  )
}

const KernelBanner = ({ store }: { readonly store: NotebookStore }) => {
  const kernel = store((state) => state.kernel)
  const seen = store((state) => state.seenDeaths)
  if (kernel?.status === 'dead')
    return (
      <Banner
        tone="bad"
        actions={<Button onPress={() => attempt(() => ensureKernel(store))}>Start a new kernel</Button>}
      >
        The kernel is dead. All variables are lost; your cells and their outputs are still here.
      </Banner>
    )
  if (!kernel || kernel.deaths <= seen) return null
  const dismiss = (): void => store.setState({ seenDeaths: kernel.deaths })
  return (
    <Banner
      tone="warn"
      actions={
        <>
          <Button
            onPress={() => {
              dismiss()
              attempt(() => runAll(store))
            }}
          >
            Run all
          </Button>
          <Button kind="quiet" onPress={dismiss}>
            Dismiss
          </Button>
        </>
      }
    >
      The kernel died and was started again. All variables are lost.
    </Banner>
  )
}

const FileBanner = ({ store }: { readonly store: NotebookStore }) => {
  const isShown = store((state) => state.hasChangedOnDisk)
  if (!isShown) return null
  return (
    <Banner
      tone="warn"
      actions={
        <>
          <Button
            onPress={() =>
              attempt(async () => {
                await studio.workspace.journalWrite({ path: store.getState().path, text: null })
                await loadNotebook(store)
              })
            }
          >
            Take the file’s version
          </Button>
          <Button onPress={() => attempt(() => saveNotebook(store, 'any file'))}>Save mine over it</Button>
        </>
      }
    >
      Another program has changed this file, and you have unsaved changes.
    </Banner>
  )
}

export const Banners = ({ store }: { readonly store: NotebookStore }) => (
  <>
    <PythonBanner store={store} />
    <KernelBanner store={store} />
    <FileBanner store={store} />
  </>
)
