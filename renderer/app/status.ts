import { create } from 'zustand'

/** One text of the status bar. Panels set theirs while they are active, and clear them when they are not. */
export interface StatusItem {
  readonly id: string
  readonly side: 'start' | 'end'
  readonly text: string
  readonly tooltip?: string
  readonly onPress?: () => void
}

export const useStatus = create<{ readonly items: readonly StatusItem[] }>(() => ({ items: [] }))

export const setStatus = (item: StatusItem): void =>
  useStatus.setState(({ items }) => {
    const at = items.findIndex((one) => one.id === item.id)
    return { items: at < 0 ? [...items, item] : items.with(at, item) }
  })

export const clearStatus = (id: string): void =>
  useStatus.setState(({ items }) => ({ items: items.filter((one) => one.id !== id) }))
