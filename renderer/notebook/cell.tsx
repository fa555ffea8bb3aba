import type { Execution } from '@shared/kernels/kernel'
import { isObject } from '@shared/notebook/json'
import type { NotebookCell } from '@shared/notebook/notebook'
import { fromFileOutputs } from '@shared/notebook/outputs'
import { Play } from 'lucide-react'
import { memo, useEffect, useMemo, useRef, useState } from 'react'
import { attempt } from '../app/notices'
import { Button, IconButton } from '../ui/button'
import { formatDuration } from '../ui/format'
import { CellEditor } from './editor'
import { answerInput, runCells } from './kernelLink'
import { Outputs } from './outputs'
import { SafeHtmlView } from './safeHtml'
import { type Attachments, renderMarkdown } from './sanitise'
import { goToCell, type NotebookStore, selectCell } from './store'

const attachmentsOf = (cell: NotebookCell): Attachments => {
  const found: Record<string, string> = {}
  const { attachments } = cell.rest
  for (const [name, bundle] of isObject(attachments) ? Object.entries(attachments) : [])
    for (const [type, data] of isObject(bundle) ? Object.entries(bundle) : [])
      if (typeof data === 'string') found[name] = `data:${type};base64,${data.replace(/\s/g, '')}`
  return found
}

const Rendered = ({ cell, onOpen }: { readonly cell: NotebookCell; readonly onOpen: () => void }) => {
  const safe = useMemo(() => renderMarkdown(cell.source, attachmentsOf(cell)), [cell])
  if (cell.source.trim() === '')
    return (
      <Button kind="quiet" onPress={onOpen}>
        Empty text: press Enter to write
      </Button>
    )
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard's way in is Enter on the cell
    <div onDoubleClick={onOpen}>
      <SafeHtmlView html={safe} className="notebook-markdown" />
    </div>
  )
}

const InputPrompt = ({ store, execution }: { readonly store: NotebookStore; readonly execution: Execution }) => {
  const [value, setValue] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const prompt = execution.prompt
  useEffect(() => {
    setValue('')
    if (prompt) field.current?.focus()
  }, [prompt])
  if (!prompt) return null
  return (
    <form
      className="notebook-input"
      onSubmit={(event) => {
        event.preventDefault()
        answerInput(store, value)
      }}
    >
      <label>
        <span className="notebook-input-text">{prompt.text || 'The cell asks for input:'}</span>
        <input
          ref={field}
          type={prompt.isPassword ? 'password' : 'text'}
          value={value}
          autoComplete="off"
          onChange={(event) => setValue(event.target.value)}
          onKeyDown={(event) => event.stopPropagation()}
        />
      </label>
      <Button type="submit">Answer</Button>
    </form>
  )
}

const stateWord: Readonly<Record<Execution['state'], string>> = {
  queued: 'waits',
  running: 'running',
  ok: '',
  error: 'failed',
  aborted: 'not run',
  died: 'kernel died',
}

/** A person's own interrupt is an error to Python, and none to the person. */
const wordOf = ({ state, outputs }: Execution): string => {
  const last = outputs.at(-1)
  const isInterrupt = state === 'error' && last?.output_type === 'error' && last.ename === 'KeyboardInterrupt'
  return isInterrupt ? 'interrupted' : stateWord[state]
}

interface CellViewProps {
  readonly store: NotebookStore
  readonly cell: NotebookCell
  readonly index: number
  readonly execution: Execution | null
  readonly isWaiting: boolean
  readonly isSelected: boolean
  /** Only the selected cell is told the mode, so that the others are not drawn again. */
  readonly mode: 'command' | 'edit' | null
  readonly focusRequest: number
  readonly kernelId: string | null
}

const nameOf = (kind: NotebookCell['kind']): string => (kind === 'code' ? 'code' : kind === 'markdown' ? 'text' : 'raw')

export const CellView = memo((props: CellViewProps) => {
  const { store, cell, index, execution, isWaiting, isSelected, mode, focusRequest, kernelId } = props
  const box = useRef<HTMLDivElement>(null)
  const isBusy = isWaiting || execution?.state === 'queued' || execution?.state === 'running'
  const isLive = execution !== null && (execution.endedAt === null || isBusy)
  const saved = useMemo(() => fromFileOutputs(cell.outputs), [cell.outputs])
  const outputs = isLive && execution ? execution.outputs : saved
  const number = execution && isLive ? execution.executionCount : cell.executionCount
  const mark = isBusy ? '[*]' : number === null ? '[ ]' : `[${number}]`
  const isEditing = isSelected && mode === 'edit'
  const state = isWaiting ? 'waits' : execution ? wordOf(execution) : ''
  const duration = execution?.startedAt && execution.endedAt ? execution.endedAt - execution.startedAt : null

  useEffect(() => {
    if (focusRequest === 0 || !box.current) return
    if (mode === 'command') box.current.focus({ preventScroll: true })
    box.current.scrollIntoView({ block: 'nearest' })
  }, [focusRequest, mode])

  return (
    // biome-ignore lint/a11y/useSemanticElements: a list element may not hold the editor's layout
    <div
      ref={box}
      role="listitem"
      tabIndex={isSelected ? 0 : -1}
      data-cell={cell.key}
      data-kind={cell.kind}
      data-state={isBusy ? 'busy' : (execution?.state ?? 'idle')}
      aria-label={`Cell ${index + 1}, ${nameOf(cell.kind)}${cell.kind === 'code' ? `, ${isBusy ? 'running' : number === null ? 'not run' : `run ${number}`}` : ''}`}
      aria-current={isSelected}
      className={`notebook-cell ${isSelected ? 'notebook-cell-selected' : ''} ${isEditing ? 'notebook-cell-editing' : ''}`}
      onFocus={(event) => {
        if (event.target === box.current) selectCell(store, cell.key, 'command')
      }}
      onPointerDown={(event) => {
        if (!(event.target instanceof HTMLTextAreaElement)) selectCell(store, cell.key, 'command')
      }}
    >
      <div className="notebook-gutter">
        {cell.kind === 'code' ? (
          <>
            <span className="notebook-mark mono" aria-hidden>
              {mark}
            </span>
            <span className="notebook-run">
              <IconButton
                label={`Run cell ${index + 1}`}
                keys="Ctrl Enter"
                icon={<Play size={14} aria-hidden />}
                onPress={() => attempt(() => runCells(store, [cell.key]))}
              />
            </span>
          </>
        ) : null}
      </div>
      <div className="notebook-body">
        {cell.kind === 'markdown' && !isEditing ? (
          <Rendered cell={cell} onOpen={() => goToCell(store, cell.key, 'edit')} />
        ) : (
          <CellEditor
            store={store}
            cellKey={cell.key}
            kind={cell.kind}
            source={cell.source}
            label={`${cell.kind === 'code' ? 'Code' : 'Text'} of cell ${index + 1}`}
            focusRequest={isEditing ? focusRequest : 0}
            kernelId={kernelId}
          />
        )}
        {cell.kind === 'code' ? (
          <>
            <Outputs outputs={outputs} label={`Output of cell ${index + 1}`} />
            {execution?.prompt ? <InputPrompt store={store} execution={execution} /> : null}
            {state !== '' || duration !== null ? (
              <p className={`notebook-time notebook-time-${execution?.state ?? 'queued'}`}>
                {[state, duration === null ? '' : formatDuration(duration)].filter(Boolean).join(' · ')}
              </p>
            ) : null}
          </>
        ) : null}
      </div>
    </div>
  )
})
