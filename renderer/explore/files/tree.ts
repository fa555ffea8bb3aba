import type { WorkspaceEntry } from '@shared/rpc/workspace'

/** One line of the files tree as drawn. */
export interface TreeRow {
  readonly entry: WorkspaceEntry
  /** 1-based, as assistive technology counts. */
  readonly level: number
  readonly position: number
  readonly siblings: number
  readonly isExpanded: boolean
}

export const parentOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '')

/** The lines that show with these folders open. `entries` are in reading order: each folder before what it holds. */
export const visibleRows = (entries: readonly WorkspaceEntry[], expanded: ReadonlySet<string>): readonly TreeRow[] => {
  const siblings = new Map<string, number>()
  for (const entry of entries) siblings.set(parentOf(entry.path), (siblings.get(parentOf(entry.path)) ?? 0) + 1)
  const seen = new Map<string, number>()
  const shown = new Set([''])
  const rows: TreeRow[] = []
  for (const entry of entries) {
    const parent = parentOf(entry.path)
    if (!shown.has(parent)) continue
    const position = (seen.get(parent) ?? 0) + 1
    seen.set(parent, position)
    const isExpanded = entry.kind === 'folder' && expanded.has(entry.path)
    if (isExpanded) shown.add(entry.path)
    rows.push({
      entry,
      level: entry.path.split('/').length,
      position,
      siblings: siblings.get(parent) ?? 1,
      isExpanded,
    })
  }
  return rows
}

/** The next line after `from` whose name begins with what was typed, going round. */
export const typeAhead = (rows: readonly TreeRow[], from: number, typed: string): number => {
  const wanted = typed.toLowerCase()
  for (let step = 1; step <= rows.length; step += 1) {
    const at = (from + step) % rows.length
    if (rows[at]?.entry.name.toLowerCase().startsWith(wanted)) return at
  }
  return from
}

/** A name that is free in a folder: `untitled.md`, `untitled 2.md`, … */
export const freeName = (entries: readonly WorkspaceEntry[], folder: string, name: string): string => {
  const taken = new Set(entries.map((entry) => entry.path))
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const at = (candidate: string): string => (folder === '' ? candidate : `${folder}/${candidate}`)
  for (let number = 1; ; number += 1) {
    const candidate = at(number === 1 ? name : `${stem} ${number}${ending}`)
    if (!taken.has(candidate)) return candidate
  }
}
