import type { Kernel } from '@shared/kernels/kernel'
import { Square } from 'lucide-react'
import { useKernels } from '../app/kernels'
import { openFile } from '../app/navigation'
import { attempt } from '../app/notices'
import { fileName } from '../app/panels'
import { studio } from '../app/studio'
import { IconButton } from '../ui/button'
import { Chip, type Tone } from '../ui/chip'
import { FrameList } from './frameList'

const tones: Record<Kernel['status'], Tone> = {
  starting: 'accent',
  idle: 'good',
  busy: 'accent',
  restarting: 'warn',
  dead: 'bad',
  unknown: 'neutral',
}

/** Running kernels, each with its notebook; nothing while there is none. */
export const KernelList = () => {
  const kernels = useKernels((state) => state.kernels)
  if (kernels.length === 0) return null
  return (
    <section aria-label="Kernels">
      <h2 className="side-title">Kernels</h2>
      <ul>
        {kernels.map((kernel) => (
          <li key={kernel.id}>
            <span className="explore-kernel">
              <button type="button" title={kernel.path} onClick={() => openFile(kernel.path)}>
                {fileName(kernel.path)}
              </button>
              <Chip tone={tones[kernel.status]}>{kernel.status}</Chip>
              <IconButton
                label={`Shut down the kernel of ${fileName(kernel.path)}`}
                icon={<Square size={12} aria-hidden />}
                onPress={() => attempt(() => studio.kernels.shutdown({ kernelId: kernel.id }))}
              />
            </span>
            <FrameList kernel={kernel} />
          </li>
        ))}
      </ul>
    </section>
  )
}
