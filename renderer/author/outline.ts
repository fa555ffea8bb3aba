import type { OutlineItem } from '@shared/language/server/protocol'
import { create } from 'zustand'

/**
 * What the open programs declare. Kept apart from the editor, so that the side bar costs nothing until a program is
 * open.
 */
interface Outlines {
  readonly byPath: ReadonlyMap<string, readonly OutlineItem[]>
  readonly chosen: ReadonlyMap<string, string | null>
  readonly latest: string | null
}

const useOutlines = create<Outlines>(() => ({ byPath: new Map(), chosen: new Map(), latest: null }))

export const setOutline = (path: string, items: readonly OutlineItem[]): void =>
  useOutlines.setState(({ byPath }) => ({ byPath: new Map(byPath).set(path, items), latest: path }))

export const setOutlineChoice = (path: string, chosen: string | null): void =>
  useOutlines.setState((outlines) => ({ chosen: new Map(outlines.chosen).set(path, chosen) }))

/** Of the program given, or of the one last worked on. */
export const useOutline = (
  active: string | null,
): { path: string | null; items: readonly OutlineItem[]; chosen: string | null } => {
  const { byPath, chosen, latest } = useOutlines()
  const path = active !== null && byPath.has(active) ? active : latest
  return { path, items: (path && byPath.get(path)) || [], chosen: (path && chosen.get(path)) || null }
}
