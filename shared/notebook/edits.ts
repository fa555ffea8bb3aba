import type { JsonObject } from './json'
import type { CellKind, NotebookCell, NotebookDocument } from './notebook'

/** Every change of a notebook. Cells are named by key, so an edit means the same whatever moved meanwhile. */
export type NotebookEdit =
  | { readonly kind: 'insert'; readonly index: number; readonly cell: NotebookCell }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'move'; readonly key: string; readonly to: number }
  | { readonly kind: 'changeKind'; readonly key: string; readonly to: CellKind }
  | { readonly kind: 'setSource'; readonly key: string; readonly source: string }
  | {
      readonly kind: 'setOutputs'
      readonly key: string
      readonly outputs: readonly JsonObject[]
      readonly executionCount: number | null
    }
  | { readonly kind: 'replace'; readonly key: string; readonly cell: NotebookCell }

export interface AppliedEdit {
  readonly document: NotebookDocument
  /** Brings the former document back. */
  readonly inverse: NotebookEdit
  /** For the undo menu: “Undo <label>”. */
  readonly label: string
  /** The cell that should have the focus afterwards; null where there is none left. */
  readonly focus: string | null
}

const clamp = (index: number, length: number): number => Math.max(0, Math.min(length, Math.trunc(index)))

const replaced = (document: NotebookDocument, cell: NotebookCell, key: string): NotebookDocument => ({
  ...document,
  cells: document.cells.map((each) => (each.key === key ? cell : each)),
})

/** Null when the edit names a cell that is not there, or an inserted key that is there already. */
export const applyEdit = (document: NotebookDocument, edit: NotebookEdit): AppliedEdit | null => {
  const { cells } = document
  if (edit.kind === 'insert') {
    if (cells.some((cell) => cell.key === edit.cell.key)) return null
    const index = clamp(edit.index, cells.length)
    return {
      document: { ...document, cells: cells.toSpliced(index, 0, edit.cell) },
      inverse: { kind: 'delete', key: edit.cell.key },
      label: 'insert cell',
      focus: edit.cell.key,
    }
  }
  const index = cells.findIndex((cell) => cell.key === edit.key)
  const cell = cells[index]
  if (!cell) return null
  switch (edit.kind) {
    case 'delete': {
      const rest = cells.toSpliced(index, 1)
      return {
        document: { ...document, cells: rest },
        inverse: { kind: 'insert', index, cell },
        label: 'delete cell',
        focus: (rest[index] ?? rest[index - 1])?.key ?? null,
      }
    }
    case 'move': {
      const rest = cells.toSpliced(index, 1)
      return {
        document: { ...document, cells: rest.toSpliced(clamp(edit.to, rest.length), 0, cell) },
        inverse: { kind: 'move', key: edit.key, to: index },
        label: 'move cell',
        focus: edit.key,
      }
    }
    case 'changeKind':
      return {
        // Only code cells have outputs; the inverse brings them back.
        document: replaced(document, { ...cell, kind: edit.to, outputs: [], executionCount: null }, edit.key),
        inverse: { kind: 'replace', key: edit.key, cell },
        label: 'change cell type',
        focus: edit.key,
      }
    case 'setSource':
      return {
        document: replaced(document, { ...cell, source: edit.source }, edit.key),
        inverse: { kind: 'setSource', key: edit.key, source: cell.source },
        label: 'typing',
        focus: edit.key,
      }
    case 'setOutputs':
      return {
        document: replaced(document, { ...cell, outputs: edit.outputs, executionCount: edit.executionCount }, edit.key),
        inverse: { kind: 'setOutputs', key: edit.key, outputs: cell.outputs, executionCount: cell.executionCount },
        label: 'change of outputs',
        focus: edit.key,
      }
    case 'replace':
      return {
        document: replaced(document, edit.cell, edit.key),
        inverse: { kind: 'replace', key: edit.cell.key, cell },
        label: 'change cell',
        focus: edit.cell.key,
      }
  }
}

export const newCell = (key: string, kind: CellKind, source = ''): NotebookCell => ({
  key,
  kind,
  source,
  metadata: {},
  outputs: [],
  executionCount: null,
  rest: {},
})

export const emptyNotebook = (key: string): NotebookDocument => ({
  cells: [newCell(key, 'code')],
  metadata: {
    kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
    language_info: { name: 'python' },
  },
  minor: 5,
  rest: {},
})
