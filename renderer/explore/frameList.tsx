import type { Kernel } from '@shared/kernels/kernel'
import { useEffect, useState } from 'react'
import { openPanel } from '../app/navigation'
import { attempt } from '../app/notices'
import { onEvent, studio } from '../app/studio'

interface Frame {
  readonly name: string
  readonly shape: string | null
}

/** A kernel answers after what is queued; asking makes it busy for a moment, so that its state is no sign to ask again. */
const settleMs = 200

/** Those that the kernel had when its last cell ended. */
const useFrames = ({ id, status, deaths }: Kernel): readonly Frame[] => {
  const [frames, setFrames] = useState<readonly Frame[]>([])
  const isAnew = status === 'restarting' || status === 'dead'
  // Another process knows nothing of the variables of the one before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a death may be over before its state is seen
  useEffect(() => setFrames([]), [isAnew, deaths])
  useEffect(() => {
    const stop = new AbortController()
    let timer: number | undefined
    const ask = (): void => {
      window.clearTimeout(timer)
      timer = window.setTimeout(() => {
        studio.kernels.variables({ kernelId: id }, { signal: stop.signal }).then(
          (variables) => stop.signal.aborted || setFrames(variables.filter(({ isFrame }) => isFrame)),
          // A kernel that goes away meanwhile has its own message.
          () => {},
        )
      }, settleMs)
    }
    ask()
    const forget = onEvent('kernels', 'execution', (execution) => {
      if (execution.kernelId === id && execution.endedAt !== null) ask()
    })
    return () => {
      window.clearTimeout(timer)
      forget()
      stop.abort()
    }
  }, [id])
  return frames
}

/** The dataframes of a kernel; each opens as a table of its rows as they are now. */
export const FrameList = ({ kernel }: { readonly kernel: Kernel }) => {
  const frames = useFrames(kernel)
  if (frames.length === 0) return null
  return (
    <ul className="explore-frames" aria-label={`Dataframes of ${kernel.path}`}>
      {frames.map(({ name, shape }) => (
        <li key={name}>
          <button
            type="button"
            title={`Open the rows of ${name} as they are now`}
            onClick={() =>
              attempt(async () => {
                const { path } = await studio.kernels.snapshot({ kernelId: kernel.id, name })
                openPanel('data', { path })
              })
            }
          >
            {name} <span className="grid-type">{shape}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
