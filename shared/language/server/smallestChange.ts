import type { TextEdit } from '../diagnostic'

/** The one edit that turns a text into another and touches only what differs; null where nothing does. */
export function smallestChange(before: string, after: string): TextEdit | null {
  if (before === after) return null
  let start = 0
  while (start < before.length && before[start] === after[start]) start++
  let tail = 0
  const most = Math.min(before.length, after.length) - start
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  return { span: { start, end: before.length - tail }, text: after.slice(start, after.length - tail) }
}
