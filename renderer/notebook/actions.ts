import { attempt } from '../app/notices'
import { runCells } from './kernelLink'
import {
  edit,
  goToCell,
  goToNeighbour,
  indexOfCell,
  insertCell,
  type NotebookStore,
  pasteCell,
  redo,
  undo,
} from './store'

const selectedCell = (store: NotebookStore) => {
  const state = store.getState()
  return state.document.cells[indexOfCell(state, state.selected)]
}

/** Runs a code cell, or renders a Markdown cell. */
export const runSelected = (store: NotebookStore): void => {
  const cell = selectedCell(store)
  if (!cell) return
  goToCell(store, cell.key, 'command')
  attempt(() => runCells(store, [cell.key]))
}

/** Shift+Enter: run, then the next cell; after the last one a new one. */
export const runAndAdvance = (store: NotebookStore): void => {
  const cell = selectedCell(store)
  if (!cell) return
  attempt(() => runCells(store, [cell.key]))
  if (!goToNeighbour(store, 1, 'command')) {
    const key = insertCell(store, 'below')
    goToCell(store, key, 'edit')
  }
}

export const runAndInsert = (store: NotebookStore): void => {
  const cell = selectedCell(store)
  if (!cell) return
  attempt(() => runCells(store, [cell.key]))
  goToCell(store, insertCell(store, 'below'), 'edit')
}

export const deleteSelected = (store: NotebookStore): void => {
  const cell = selectedCell(store)
  if (!cell) return
  edit(store, { kind: 'delete', key: cell.key })
  // A notebook without a cell is a page that one cannot type into.
  if (store.getState().document.cells.length === 0) insertCell(store, 'below')
}

export const copySelected = (store: NotebookStore): void => store.setState({ copied: selectedCell(store) ?? null })

const changeKind = (store: NotebookStore, to: 'code' | 'markdown' | 'raw'): void => {
  const cell = selectedCell(store)
  if (cell && cell.kind !== to) edit(store, { kind: 'changeKind', key: cell.key, to })
}

export const moveSelected = (store: NotebookStore, step: 1 | -1): void => {
  const state = store.getState()
  const at = indexOfCell(state, state.selected)
  const cell = state.document.cells[at]
  if (cell && state.document.cells[at + step]) edit(store, { kind: 'move', key: cell.key, to: at + step })
}

type Action = (store: NotebookStore) => void

/** Jupyter's own keys of command mode; a pair is pressed one after the other. */
export const commandKeys: Readonly<Record<string, { readonly title: string; readonly run: Action }>> = {
  Enter: {
    title: 'Edit the cell',
    run: (store) => store.getState().selected && goToCell(store, store.getState().selected ?? '', 'edit'),
  },
  ArrowUp: { title: 'Cell above', run: (store) => goToNeighbour(store, -1, 'command') },
  ArrowDown: { title: 'Cell below', run: (store) => goToNeighbour(store, 1, 'command') },
  k: { title: 'Cell above', run: (store) => goToNeighbour(store, -1, 'command') },
  j: { title: 'Cell below', run: (store) => goToNeighbour(store, 1, 'command') },
  a: { title: 'Insert a cell above', run: (store) => insertCell(store, 'above') },
  b: { title: 'Insert a cell below', run: (store) => insertCell(store, 'below') },
  m: { title: 'Make it Markdown', run: (store) => changeKind(store, 'markdown') },
  y: { title: 'Make it code', run: (store) => changeKind(store, 'code') },
  r: { title: 'Make it raw', run: (store) => changeKind(store, 'raw') },
  c: { title: 'Copy the cell', run: copySelected },
  v: { title: 'Paste below', run: pasteCell },
  x: {
    title: 'Cut the cell',
    run: (store) => {
      copySelected(store)
      deleteSelected(store)
    },
  },
  z: { title: 'Undo', run: undo },
  'Shift+Z': { title: 'Redo', run: redo },
  'd d': { title: 'Delete the cell', run: deleteSelected },
}
