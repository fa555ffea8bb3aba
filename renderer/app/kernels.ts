import type { Kernel } from '@shared/kernels/kernel'
import { create } from 'zustand'
import { clearStatus, setStatus } from './status'
import { onEvent, studio, useConnection } from './studio'

/** Running kernels, for the side bar and the status bar. */
export const useKernels = create<{ readonly kernels: readonly Kernel[] }>(() => ({ kernels: [] }))

const showStatus = (kernels: readonly Kernel[]): void => {
  const telling =
    kernels.find((one) => one.status === 'busy') ?? kernels.find((one) => one.status === 'dead') ?? kernels[0]
  if (!telling) clearStatus('kernel')
  else
    setStatus({
      id: 'kernel',
      side: 'end',
      text: `kernel: ${telling.status}`,
      tooltip: `${telling.displayName}, ${telling.path}`,
    })
}

export const followKernels = (): (() => void) => {
  const read = (): void => {
    studio.kernels.list({}).then(
      (kernels) => useKernels.setState({ kernels }),
      () => {},
    )
  }
  const stops = [
    onEvent('kernels', 'changed', (kernel) =>
      useKernels.setState(({ kernels }) => ({
        kernels: kernels.some((one) => one.id === kernel.id)
          ? kernels.map((one) => (one.id === kernel.id ? kernel : one))
          : [...kernels, kernel],
      })),
    ),
    onEvent('kernels', 'removed', ({ id }) =>
      useKernels.setState(({ kernels }) => ({ kernels: kernels.filter((one) => one.id !== id) })),
    ),
    useKernels.subscribe(({ kernels }) => showStatus(kernels)),
    useConnection.subscribe(({ opened }, before) => {
      if (opened !== before.opened) read()
    }),
  ]
  read()
  return () => {
    for (const stop of stops) stop()
  }
}
