import { create } from 'zustand'
import type { Command } from './contributions'
import { notifyError } from './notices'

/** The one table of commands: palette, key bindings, tooltips and the shortcut list read it. */
export const useCommands = create<{ readonly commands: readonly Command[] }>(() => ({ commands: [] }))

/** Returns the way to take them out again. */
export const registerCommands = (commands: readonly Command[]): (() => void) => {
  useCommands.setState((state) => ({ commands: [...state.commands, ...commands] }))
  return () => useCommands.setState((state) => ({ commands: state.commands.filter((one) => !commands.includes(one)) }))
}

export const isAvailable = (command: Command): boolean => command.when?.() ?? true

const execute = (command: Command): void => {
  Promise.resolve()
    .then(() => command.run())
    .catch(notifyError)
}

export const runCommand = (id: string): void => {
  const command = useCommands.getState().commands.find((one) => one.id === id && isAvailable(one))
  if (command) execute(command)
}

const isMac = (): boolean => /mac/i.test(navigator.platform)

/** `Mod+Shift+P` as people read it here: `Ctrl Shift P`, or `⌘⇧P` on macOS. */
export const formatKeys = (keys: string): string => {
  const parts = keys.split('+')
  const signs: Record<string, string> = { Mod: '⌘', Shift: '⇧', Alt: '⌥', Ctrl: '⌃' }
  if (isMac()) return parts.map((part) => signs[part] ?? part).join('')
  return parts.map((part) => (part === 'Mod' ? 'Ctrl' : part)).join(' ')
}

/** A command’s keys for a tooltip, or nothing. */
export const keysOf = (id: string): string | undefined => {
  const keys = useCommands.getState().commands.find((one) => one.id === id)?.keys
  return keys === undefined ? undefined : formatKeys(keys)
}

const keyNames: Record<string, string> = { ' ': 'Space', ArrowLeft: 'Left', ArrowRight: 'Right', ArrowUp: 'Up' }
keyNames.ArrowDown = 'Down'

/** The canonical name of a key press, in the order that the table uses. */
export const keysOfEvent = (event: KeyboardEvent): string => {
  const mod = isMac() ? event.metaKey : event.ctrlKey
  const control = isMac() && event.ctrlKey
  const name = keyNames[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key)
  // With Shift or Alt the character differs by keyboard; letters and digits are then read from the key itself.
  const physical = /^(Key|Digit)(.)$/.exec(event.code)?.[2]
  const key = (event.altKey || event.shiftKey) && physical ? physical : name
  return [mod && 'Mod', control && 'Ctrl', event.altKey && 'Alt', event.shiftKey && 'Shift', key]
    .filter((part) => typeof part === 'string')
    .join('+')
}

const order = ['Mod', 'Ctrl', 'Alt', 'Shift']
export const canonicalKeys = (keys: string): string => {
  const parts = keys.split('+')
  const key = parts.at(-1) ?? ''
  return [
    ...order.filter((part) => parts.slice(0, -1).includes(part)),
    key.length === 1 ? key.toUpperCase() : key,
  ].join('+')
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** A plain character typed into a field is text, never a command. */
const isText = (event: KeyboardEvent): boolean =>
  !event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1 && isTyping(event.target)

export const installKeyBindings = (): (() => void) => {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing || event.defaultPrevented || isText(event)) return
    const pressed = keysOfEvent(event)
    // The narrower command wins: one with a condition that holds comes before one without.
    const candidates = useCommands
      .getState()
      .commands.filter((one) => one.keys !== undefined && canonicalKeys(one.keys) === pressed && isAvailable(one))
    const command = candidates.find((one) => one.when) ?? candidates[0]
    if (!command) return
    event.preventDefault()
    event.stopPropagation()
    execute(command)
  }
  window.addEventListener('keydown', onKeyDown, { capture: true })
  return () => window.removeEventListener('keydown', onKeyDown, { capture: true })
}
