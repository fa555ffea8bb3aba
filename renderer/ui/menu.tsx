import { type ReactElement, type ReactNode, useRef } from 'react'
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components'

export interface MenuEntry {
  readonly id: string
  readonly label: string
  readonly keys?: string
  readonly icon?: ReactNode
  readonly isDisabled?: boolean
  readonly isDangerous?: boolean
  readonly run: () => void
}

/** `null` draws a line between groups. */
export type MenuEntries = readonly (MenuEntry | null)[]

const MenuList = ({ label, entries }: { readonly label: string; readonly entries: MenuEntries }) => (
  <AriaMenu
    aria-label={label}
    className="ui-menu"
    onAction={(key) => entries.find((entry) => entry?.id === key)?.run()}
  >
    {entries.map((entry, index) =>
      entry === null ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity but its place
        <Separator key={`line-${index}`} className="ui-menu-line" />
      ) : (
        <MenuItem
          key={entry.id}
          id={entry.id}
          textValue={entry.label}
          isDisabled={entry.isDisabled}
          className={entry.isDangerous ? 'ui-menu-item ui-menu-danger' : 'ui-menu-item'}
        >
          <span className="ui-menu-check">{entry.icon}</span>
          <span>{entry.label}</span>
          {entry.keys ? <kbd className="ui-kbd">{entry.keys}</kbd> : null}
        </MenuItem>
      ),
    )}
  </AriaMenu>
)

interface MenuProps {
  readonly label: string
  readonly entries: MenuEntries
  /** A button of this kit that opens the menu. */
  readonly children: ReactElement
}

export const Menu = ({ label, entries, children }: MenuProps) => (
  <MenuTrigger>
    {children}
    <Popover className="ui-popover" offset={2}>
      <MenuList label={label} entries={entries} />
    </Popover>
  </MenuTrigger>
)

interface ContextMenuProps {
  readonly label: string
  readonly entries: MenuEntries
  /** Where it was asked for, in client pixels; null while closed. */
  readonly at: { readonly x: number; readonly y: number } | null
  readonly onClose: () => void
}

/** A menu at the pointer, or at the focused row for the keyboard. */
export const ContextMenu = ({ label, entries, at, onClose }: ContextMenuProps) => {
  const anchor = useRef<HTMLSpanElement>(null)
  return (
    <>
      <span ref={anchor} className="ui-context-anchor" style={{ left: at?.x ?? 0, top: at?.y ?? 0 }} />
      {at ? (
        <Popover
          className="ui-popover"
          triggerRef={anchor}
          isOpen
          placement="bottom start"
          offset={0}
          onOpenChange={(isOpen) => {
            if (!isOpen) onClose()
          }}
        >
          <MenuList
            label={label}
            entries={entries.map((entry) =>
              entry === null
                ? null
                : {
                    ...entry,
                    run: () => {
                      onClose()
                      entry.run()
                    },
                  },
            )}
          />
        </Popover>
      ) : null}
    </>
  )
}
