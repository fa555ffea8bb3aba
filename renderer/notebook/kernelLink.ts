import { StudioError } from '@shared/errors'
import { applyOutputPatches, type Execution, type Kernel } from '@shared/kernels/kernel'
import { toFileOutputs } from '@shared/notebook/outputs'
import { notifyError } from '../app/notices'
import { onEvent, studio, useConnection } from '../app/studio'
import { type NotebookStore, openStores, setOutputs } from './store'

const storeOfKernel = (kernelId: string): NotebookStore | undefined => {
  for (const store of openStores()) if (store.getState().kernel?.id === kernelId) return store
  return undefined
}

/** Outputs enter the document when the cell has ended; until then they are shown from the execution. */
const settle = (store: NotebookStore, execution: Execution): void => {
  if (execution.endedAt === null || execution.state === 'aborted') return
  setOutputs(store, {
    kind: 'setOutputs',
    key: execution.cellId,
    outputs: toFileOutputs(execution.outputs),
    executionCount: execution.executionCount,
  })
}

const put = (store: NotebookStore, execution: Execution): void => {
  store.setState(({ executions, waiting }) => ({
    executions: { ...executions, [execution.cellId]: execution },
    waiting: waiting.filter((key) => key !== execution.cellId),
  }))
}

let isFollowing = false

const follow = (): void => {
  if (isFollowing) return
  isFollowing = true
  onEvent('kernels', 'execution', (next) => {
    const store = storeOfKernel(next.kernelId)
    if (!store) return
    const before = store.getState().executions[next.cellId]
    const execution = { ...next, outputs: before?.id === next.id ? before.outputs : [] }
    put(store, execution)
    if (before?.endedAt == null || before.id !== next.id) settle(store, execution)
  })
  onEvent('kernels', 'output', ({ kernelId, executionId, cellId, patches }) => {
    const store = storeOfKernel(kernelId)
    const before = store?.getState().executions[cellId]
    if (!store || before?.id !== executionId) return
    const execution = { ...before, outputs: applyOutputPatches(before.outputs, patches) }
    put(store, execution)
    // A display that another cell updates later.
    if (execution.endedAt !== null) settle(store, execution)
  })
  onEvent('kernels', 'changed', (kernel) => {
    const store = storeOfKernel(kernel.id)
    store?.setState({ kernel })
  })
  onEvent('kernels', 'removed', ({ id }) => {
    storeOfKernel(id)?.setState({ kernel: null, kernelState: 'none', waiting: [] })
  })
  useConnection.subscribe(({ opened }, before) => {
    if (opened !== before.opened && before.opened > 0) for (const store of openStores()) attach(store).catch(() => {})
  })
}

/** Takes up the kernel that this notebook has already, with everything that it printed while no window looked. */
export const attach = async (store: NotebookStore): Promise<void> => {
  follow()
  const { path } = store.getState()
  const kernel = (await studio.kernels.list({})).find((one) => one.path === path && one.status !== 'dead')
  if (!kernel) {
    if (store.getState().kernel) store.setState({ kernel: null, kernelState: 'none', executions: {}, waiting: [] })
    return
  }
  await adopt(store, kernel)
}

const adopt = async (store: NotebookStore, kernel: Kernel): Promise<void> => {
  store.setState(({ kernel: before }) => ({
    kernel,
    kernelState: 'ready',
    spec: kernel.spec,
    seenDeaths: before?.id === kernel.id ? store.getState().seenDeaths : kernel.deaths,
  }))
  const executions = await studio.kernels.executions({ kernelId: kernel.id })
  if (store.getState().kernel?.id !== kernel.id) return
  store.setState({ executions: Object.fromEntries(executions.map((execution) => [execution.cellId, execution])) })
  const cells = new Map(store.getState().document.cells.map((cell) => [cell.key, cell]))
  for (const execution of executions) {
    const cell = cells.get(execution.cellId)
    const isKnown = cell && JSON.stringify(cell.outputs) === JSON.stringify(toFileOutputs(execution.outputs))
    if (!isKnown) settle(store, execution)
  }
}

/** Resolves when Python is there; starts its set-up where nobody has. */
const pythonReady = async (): Promise<void> => {
  let status = await studio.python.status({})
  if (status.state === 'ready') return
  if (status.state !== 'installing') status = await studio.python.ensure({})
  if (status.state === 'ready') return
  await new Promise<void>((resolve, reject) => {
    const stop = onEvent('python', 'changed', (next) => {
      if (next.state === 'installing' || next.state === 'unknown') return
      stop()
      if (next.state === 'ready') resolve()
      else
        reject(
          new StudioError('python_missing', 'The cells were not run: Python is not set up.', {
            hint: next.state === 'failed' ? next.message : 'Set it up from the chip at the top right.',
          }),
        )
    })
  })
}

const starting = new Map<NotebookStore, Promise<Kernel>>()

const startKernel = async (store: NotebookStore): Promise<Kernel> => {
  follow()
  store.setState({ kernelState: 'starting' })
  try {
    await pythonReady()
    const { path, spec } = store.getState()
    const kernel = await studio.kernels.start({ path, ...(spec ? { spec } : {}) })
    await adopt(store, kernel)
    return kernel
  } catch (error) {
    store.setState({ kernelState: 'none', waiting: [] })
    throw error
  }
}

/** The notebook's kernel, started if need be; cells may be asked to run before Python is even installed. */
export const ensureKernel = (store: NotebookStore): Promise<Kernel> => {
  const { kernel } = store.getState()
  if (kernel && kernel.status !== 'dead') return Promise.resolve(kernel)
  const pending = starting.get(store) ?? startKernel(store).finally(() => starting.delete(store))
  starting.set(store, pending)
  return pending
}

/** How often a person has interrupted each notebook. */
const interrupts = new WeakMap<NotebookStore, number>()

export const runCells = async (store: NotebookStore, keys: readonly string[]): Promise<void> => {
  const isRunnable = (key: string): boolean => {
    const cell = store.getState().document.cells.find((one) => one.key === key)
    return cell?.kind === 'code' && cell.source.trim() !== ''
  }
  const runnable = keys.filter(isRunnable)
  if (runnable.length === 0) return
  store.setState(({ waiting }) => ({ waiting: [...waiting, ...runnable] }))
  const before = interrupts.get(store)
  try {
    const kernel = await ensureKernel(store)
    for (const cellId of runnable) {
      // Who interrupts while cells still wait for their kernel does not want them run once it is there.
      if (interrupts.get(store) !== before) return
      // The source as it is now: the kernel may have taken minutes to come.
      const code = store.getState().document.cells.find((cell) => cell.key === cellId)?.source
      if (code !== undefined) await studio.kernels.execute({ kernelId: kernel.id, cellId, code })
    }
  } catch (error) {
    store.setState({ waiting: [] })
    throw error
  }
}

export const runAll = (store: NotebookStore): Promise<void> =>
  runCells(
    store,
    store.getState().document.cells.map((cell) => cell.key),
  )

export const interrupt = async (store: NotebookStore): Promise<void> => {
  const { kernel } = store.getState()
  interrupts.set(store, (interrupts.get(store) ?? 0) + 1)
  store.setState({ waiting: [] })
  if (kernel) await studio.kernels.interrupt({ kernelId: kernel.id })
}

export const restart = async (store: NotebookStore): Promise<void> => {
  const { kernel } = store.getState()
  if (!kernel || kernel.status === 'dead') {
    await ensureKernel(store)
    return
  }
  await studio.kernels.restart({ kernelId: kernel.id })
}

export const shutdown = async (store: NotebookStore): Promise<void> => {
  const { kernel } = store.getState()
  if (kernel) await studio.kernels.shutdown({ kernelId: kernel.id })
}

export const chooseKernel = async (store: NotebookStore, spec: string): Promise<void> => {
  if (store.getState().spec === spec && store.getState().kernel) return
  await shutdown(store)
  store.setState({ spec, executions: {} })
  await ensureKernel(store)
}

export const answerInput = (store: NotebookStore, value: string): void => {
  const { kernel } = store.getState()
  if (kernel) studio.kernels.input({ kernelId: kernel.id, value }).catch(notifyError)
}
