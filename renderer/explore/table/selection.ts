/** A place in the grid; row −1 is the header. */
export interface Place {
  readonly row: number
  readonly column: number
}

export interface Selection {
  /** Where the keyboard is. */
  readonly active: Place
  /** The other corner of what is selected. */
  readonly anchor: Place
}

export interface Bounds {
  readonly rows: number
  readonly columns: number
  /** Rows that a page key moves. */
  readonly page: number
}

export interface Key {
  readonly key: string
  readonly isMod: boolean
  readonly isShift: boolean
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** Where a key leads, after the grid pattern of the ARIA practices; null for a key that is not the grid’s. */
export const moved = (selection: Selection, { key, isMod, isShift }: Key, bounds: Bounds): Selection | null => {
  const { row, column } = selection.active
  const lastRow = bounds.rows - 1
  const lastColumn = bounds.columns - 1
  const to = (next: Place): Selection => {
    const active = { row: clamp(next.row, -1, lastRow), column: clamp(next.column, 0, lastColumn) }
    return { active, anchor: isShift ? selection.anchor : active }
  }
  switch (key) {
    case 'ArrowUp':
      return to({ row: isMod ? 0 : row - 1, column })
    case 'ArrowDown':
      return to({ row: isMod ? lastRow : row + 1, column })
    case 'ArrowLeft':
      return to({ row, column: isMod ? 0 : column - 1 })
    case 'ArrowRight':
      return to({ row, column: isMod ? lastColumn : column + 1 })
    case 'PageUp':
      return to({ row: Math.max(0, row - bounds.page), column })
    case 'PageDown':
      return to({ row: row + bounds.page, column })
    case 'Home':
      return to({ row: isMod ? 0 : row, column: 0 })
    case 'End':
      return to({ row: isMod ? lastRow : row, column: lastColumn })
    case 'a':
      return isMod ? { active: { row: lastRow, column: lastColumn }, anchor: { row: 0, column: 0 } } : null
    default:
      return null
  }
}

export interface Block {
  readonly firstRow: number
  readonly lastRow: number
  readonly firstColumn: number
  readonly lastColumn: number
}

export const blockOf = ({ active, anchor }: Selection): Block => ({
  firstRow: Math.max(0, Math.min(active.row, anchor.row)),
  lastRow: Math.max(0, Math.max(active.row, anchor.row)),
  firstColumn: Math.min(active.column, anchor.column),
  lastColumn: Math.max(active.column, anchor.column),
})

export const isInBlock = (block: Block, row: number, column: number): boolean =>
  row >= block.firstRow && row <= block.lastRow && column >= block.firstColumn && column <= block.lastColumn
