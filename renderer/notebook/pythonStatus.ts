import type { PythonStatus } from '@shared/rpc/python'
import { create } from 'zustand'
import { onEvent, studio, useConnection } from '../app/studio'

/** What is known of Python, and the kernels that it offers. */
export const usePython = create<{
  readonly status: PythonStatus | null
  readonly specs: readonly { readonly name: string; readonly displayName: string }[]
}>(() => ({ status: null, specs: [] }))

let isFollowing = false

const readSpecs = (): void => {
  studio.kernels.specs({}).then(
    (specs) => usePython.setState({ specs }),
    () => {},
  )
}

const read = (): void => {
  studio.python.status({}).then(
    (status) => usePython.setState({ status }),
    () => {},
  )
  readSpecs()
}

export const followPython = (): void => {
  if (isFollowing) return
  isFollowing = true
  onEvent('python', 'changed', (status) => {
    const before = usePython.getState().status?.state
    usePython.setState({ status })
    if (status.state === 'ready' && before !== 'ready') readSpecs()
  })
  useConnection.subscribe(({ opened }, before) => {
    if (opened !== before.opened) read()
  })
  read()
}
