import type { Kernel } from '@shared/kernels/kernel'
import { ChevronsRight, Code, Eraser, Play, RotateCcw, Save, Square, Text } from 'lucide-react'
import { attempt } from '../app/notices'
import { Button, IconButton } from '../ui/button'
import { Chip, type Tone } from '../ui/chip'
import { Select } from '../ui/select'
import { runAndAdvance } from './actions'
import { chooseKernel, interrupt, restart, runAll } from './kernelLink'
import { usePython } from './pythonStatus'
import { clearOutputs, goToCell, insertCell, type NotebookStore, saveNotebook } from './store'

const stateOf = (kernel: Kernel | null, kernelState: 'none' | 'starting' | 'ready'): readonly [string, Tone] => {
  if (kernelState === 'starting') return ['starting', 'accent']
  if (!kernel) return ['no kernel yet', 'neutral']
  switch (kernel.status) {
    case 'idle':
      return ['idle', 'good']
    case 'busy':
      return ['busy', 'accent']
    case 'starting':
      return ['starting', 'accent']
    case 'restarting':
      return ['restarting', 'warn']
    case 'dead':
      return ['dead', 'bad']
    case 'unknown':
      return ['connecting', 'neutral']
  }
}

const KernelPicker = ({ store }: { readonly store: NotebookStore }) => {
  const specs = usePython((state) => state.specs)
  const spec = store((state) => state.spec)
  const kernel = store((state) => state.kernel)
  const options = specs.map(({ name, displayName }) => ({ id: name, label: displayName }))
  const shown = options.length > 0 ? options : [{ id: 'managed', label: kernel?.displayName ?? 'Python (managed)' }]
  return (
    <Select
      label="Kernel"
      isLabelHidden
      className="notebook-kernel"
      options={shown}
      value={spec ?? 'managed'}
      onChange={(name) => attempt(() => chooseKernel(store, name))}
    />
  )
}

export const Toolbar = ({ store }: { readonly store: NotebookStore }) => {
  const kernel = store((state) => state.kernel)
  const kernelState = store((state) => state.kernelState)
  const isUnsaved = store((state) => state.isUnsaved)
  const [word, tone] = stateOf(kernel, kernelState)
  const isIdle = !kernel || kernel.status === 'dead'
  const isWaiting = store((state) => state.waiting.length > 0)
  const insert = (kind: 'code' | 'markdown'): void => goToCell(store, insertCell(store, 'below', kind), 'edit')
  return (
    <div className="notebook-toolbar" role="toolbar" aria-label="Notebook">
      <Button kind="primary" onPress={() => attempt(() => runAll(store))}>
        <ChevronsRight size={14} aria-hidden /> Run all
      </Button>
      <IconButton
        label="Run the cell and go on"
        keys="Shift Enter"
        icon={<Play size={14} aria-hidden />}
        onPress={() => runAndAdvance(store)}
      />
      <IconButton
        label="Interrupt"
        icon={<Square size={14} aria-hidden />}
        isDisabled={isIdle && !isWaiting}
        onPress={() => attempt(() => interrupt(store))}
      />
      <IconButton
        label="Restart the kernel: all variables are lost"
        icon={<RotateCcw size={14} aria-hidden />}
        isDisabled={isIdle}
        onPress={() => attempt(() => restart(store))}
      />
      <span className="notebook-line" />
      <IconButton
        label="Insert code below"
        keys="B"
        icon={<Code size={14} aria-hidden />}
        onPress={() => insert('code')}
      />
      <IconButton label="Insert text below" icon={<Text size={14} aria-hidden />} onPress={() => insert('markdown')} />
      <IconButton
        label="Clear all outputs"
        icon={<Eraser size={14} aria-hidden />}
        onPress={() => clearOutputs(store)}
      />
      <IconButton
        label="Save"
        keys="Ctrl S"
        icon={<Save size={14} aria-hidden />}
        isDisabled={!isUnsaved}
        onPress={() => attempt(() => saveNotebook(store))}
      />
      <span className="notebook-space" />
      <KernelPicker store={store} />
      <span role="status" aria-label="State of the kernel">
        <Chip tone={tone}>{word}</Chip>
      </span>
    </div>
  )
}
