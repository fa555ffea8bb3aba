const indent = '    '

/** Types text at the selection as a person would, so that the field's own undo knows it. */
export const typeText = (field: HTMLTextAreaElement, text: string): void => {
  field.focus()
  // Deprecated by name, but the only way that keeps the undo history of a field; every Chromium has it.
  if (document.execCommand('insertText', false, text)) return
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1

/** Rewrites the lines that the selection touches. */
const changeLines = (field: HTMLTextAreaElement, change: (lines: string[]) => string[]): void => {
  const { value, selectionStart, selectionEnd } = field
  const from = lineStart(value, selectionStart)
  const lastAt = selectionEnd > selectionStart && value[selectionEnd - 1] === '\n' ? selectionEnd - 1 : selectionEnd
  const next = value.indexOf('\n', lastAt)
  const to = next < 0 ? value.length : next
  const before = value.slice(from, to).split('\n')
  const after = change(before)
  if (after.join('\n') === before.join('\n')) return
  field.setSelectionRange(from, to)
  typeText(field, after.join('\n'))
  const first = (after[0] ?? '').length - (before[0] ?? '').length
  const total = after.join('\n').length - before.join('\n').length
  field.setSelectionRange(Math.max(from, selectionStart + first), Math.max(from, selectionEnd + total))
}

const isSelection = (field: HTMLTextAreaElement): boolean => field.selectionStart !== field.selectionEnd

export const indentLines = (field: HTMLTextAreaElement): void => {
  if (isSelection(field)) changeLines(field, (lines) => lines.map((line) => (line === '' ? line : indent + line)))
  else {
    const column = field.selectionStart - lineStart(field.value, field.selectionStart)
    typeText(field, ' '.repeat(4 - (column % 4)))
  }
}

export const dedentLines = (field: HTMLTextAreaElement): void =>
  changeLines(field, (lines) => lines.map((line) => line.replace(/^(?: {1,4}|\t)/, '')))

export const toggleComment = (field: HTMLTextAreaElement): void =>
  changeLines(field, (lines) => {
    const filled = lines.filter((line) => line.trim() !== '')
    if (filled.every((line) => /^\s*#/.test(line))) return lines.map((line) => line.replace(/^(\s*)# ?/, '$1'))
    const depth = Math.min(...filled.map((line) => line.length - line.trimStart().length))
    return lines.map((line) => (line.trim() === '' ? line : `${line.slice(0, depth)}# ${line.slice(depth)}`))
  })

/** A new line at the depth of this one, one deeper after a colon, one less after a statement that ends a block. */
export const newLine = (field: HTMLTextAreaElement): void => {
  const line = field.value.slice(lineStart(field.value, field.selectionStart), field.selectionStart)
  const own = /^[ \t]*/.exec(line)?.[0] ?? ''
  const code = line.replace(/#.*$/, '').trim()
  const isOpening = /[:([{]$/.test(code)
  const isEnding = /^(?:return|raise|pass|break|continue)\b/.test(code)
  typeText(field, `\n${isOpening ? own + indent : isEnding ? own.slice(indent.length) : own}`)
}

/** Whether the caret is in the first or the last line, from which arrows leave the cell. */
export const isAtEdge = (field: HTMLTextAreaElement, step: 1 | -1): boolean => {
  const { value, selectionStart, selectionEnd } = field
  if (selectionStart !== selectionEnd) return false
  return step === -1 ? !value.slice(0, selectionStart).includes('\n') : !value.slice(selectionEnd).includes('\n')
}

/** Something to complete stands before the caret. */
export const isAfterName = (field: HTMLTextAreaElement): boolean =>
  !isSelection(field) &&
  /[\w.]$/u.test(field.value.slice(lineStart(field.value, field.selectionStart), field.selectionStart))

/** The caret stands behind a name or within a call's parentheses: there is something to document. */
export const isInCall = (field: HTMLTextAreaElement): boolean => {
  if (isSelection(field)) return false
  const before = field.value.slice(lineStart(field.value, field.selectionStart), field.selectionStart)
  return /[\w)]$/u.test(before) || /\w\([^()]*$/u.test(before)
}
