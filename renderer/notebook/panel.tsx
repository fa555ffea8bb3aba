import { type KeyboardEvent, startTransition, useEffect, useMemo, useRef, useState } from 'react'
import type { PanelParameters } from '../app/contributions'
import { Button } from '../ui/button'
import { ErrorState, Skeleton } from '../ui/states'
import { commandKeys } from './actions'
import { Banners } from './banners'
import { CellView } from './cell'
import { attach } from './kernelLink'
import { followPython } from './pythonStatus'
import { goToCell, insertCell, loadNotebook, type NotebookStore, notebookStore } from './store'
import { Toolbar } from './toolbar'

/** A pair like `d d` counts when both presses come within this time. */
const pairMs = 800

const useCommandKeys = (store: NotebookStore) => {
  const last = useRef({ key: '', at: 0 })
  return (event: KeyboardEvent<HTMLElement>): void => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.cell === undefined) return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const key = event.shiftKey ? `Shift+${event.key}` : event.key
    const isPair = last.current.key === key && event.timeStamp - last.current.at < pairMs
    const command = commandKeys[isPair ? `${key} ${key}` : key] ?? commandKeys[key]
    last.current = isPair ? { key: '', at: 0 } : { key, at: event.timeStamp }
    if (!command) return
    event.preventDefault()
    command.run(store)
  }
}

const firstCells = 30
const moreCells = 60

/** How many cells are drawn: a screenful at once, the others in the browser's idle time, up to the one selected. */
const useDrawnCells = (count: number, selected: number): number => {
  const [drawn, setDrawn] = useState(firstCells)
  const wanted = Math.max(drawn, selected + moreCells)
  useEffect(() => {
    if (wanted >= count) return
    const handle = requestIdleCallback(() => startTransition(() => setDrawn(wanted + moreCells)), { timeout: 500 })
    return () => cancelIdleCallback(handle)
  }, [wanted, count])
  return wanted
}

const Cells = ({ store }: { readonly store: NotebookStore }) => {
  const cells = store((state) => state.document.cells)
  const executions = store((state) => state.executions)
  const waiting = store((state) => state.waiting)
  const selected = store((state) => state.selected)
  const mode = store((state) => state.mode)
  const focusRequest = store((state) => state.focusRequest)
  const kernelId = store((state) => (state.kernel && state.kernel.status !== 'dead' ? state.kernel.id : null))
  const waits = useMemo(() => new Set(waiting), [waiting])
  const onKeyDown = useCommandKeys(store)
  const drawn = useDrawnCells(
    cells.length,
    cells.findIndex((cell) => cell.key === selected),
  )
  return (
    <div className="notebook-scroll">
      {/* biome-ignore lint/a11y/useSemanticElements: a list element may not hold the editor's layout */}
      <div className="notebook-cells" role="list" aria-label="Cells" onKeyDown={onKeyDown}>
        {cells.slice(0, drawn).map((cell, index) => {
          const isSelected = cell.key === selected
          return (
            <CellView
              key={cell.key}
              store={store}
              cell={cell}
              index={index}
              execution={executions[cell.key] ?? null}
              isWaiting={waits.has(cell.key)}
              isSelected={isSelected}
              mode={isSelected ? mode : null}
              focusRequest={isSelected ? focusRequest : 0}
              kernelId={kernelId}
            />
          )
        })}
      </div>
      <div className="notebook-end">
        <Button kind="quiet" onPress={() => addAtEnd(store, 'code')}>
          + Code
        </Button>
        <Button kind="quiet" onPress={() => addAtEnd(store, 'markdown')}>
          + Text
        </Button>
      </div>
    </div>
  )
}

const addAtEnd = (store: NotebookStore, kind: 'code' | 'markdown'): void => {
  const last = store.getState().document.cells.at(-1)
  if (last) store.setState({ selected: last.key })
  goToCell(store, insertCell(store, 'below', kind), 'edit')
}

interface NotebookPanelProps {
  readonly parameters: PanelParameters
}

export const NotebookPanel = ({ parameters }: NotebookPanelProps) => {
  const path = String(parameters.path ?? '')
  const store = notebookStore(path, (created) => {
    attach(created).catch(() => {})
  })
  const load = store((state) => state.load)
  useEffect(followPython, [])
  switch (load.state) {
    case 'loading':
      return (
        <div className="notebook-loading">
          <Skeleton lines={8} />
        </div>
      )
    case 'failed':
      return (
        <ErrorState
          error={load.error}
          action={<Button onPress={() => void loadNotebook(store)}>Read it again</Button>}
        />
      )
    case 'ready':
      return (
        <div className="notebook">
          <Toolbar store={store} />
          <Banners store={store} />
          <Cells store={store} />
        </div>
      )
  }
}
