import type { CopyFormat } from './table/clipboard'

/** The table in front, for commands that come from the palette. */
interface ActiveTable {
  readonly path: string
  copy(format: CopyFormat): void
}

let active: ActiveTable | null = null

/** Returns the way to step back. */
export const setActiveTable = (table: ActiveTable): (() => void) => {
  active = table
  return () => {
    if (active === table) active = null
  }
}

export const hasActiveTable = (): boolean => active !== null
export const copyFromActiveTable = (format: CopyFormat): void => active?.copy(format)
export const activeTablePath = (): string | null => active?.path ?? null
