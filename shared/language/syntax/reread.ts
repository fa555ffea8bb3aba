import type { Span } from '../../plan/plan'
import type { Document } from '../ast'
import { documentOf, type Item, isTooLong, readItems, tooLong } from './parser'

/** A text that was read, of which an edited version is read anew only where it differs. */
export interface ReadText {
  readonly text: string
  readonly document: Document
  readonly items: readonly Item[]
}

export const readText = (text: string): ReadText => {
  if (isTooLong(text)) return { text, document: { ...tooLong, text }, items: [] }
  const items = readItems(text) ?? []
  return { text, document: documentOf(text, items), items }
}

/**
 * Reads a text by what is known of an earlier version: equal to `readText(text)` in every respect. What stands before
 * the change is kept as it is, what stands behind it is moved in place: **the earlier version’s tree is the new one’s
 * afterwards** and must not be asked about its own text any more. In return every part of the tree that did not change
 * is the same object as before, by which others may know it again.
 */
export const reread = (known: ReadText, text: string): ReadText => {
  if (known.text === text) return known
  const items = isTooLong(text) || known.items.length === 0 ? null : rereadItems(known, text)
  return items ? { text, document: documentOf(text, items), items } : readText(text)
}

const rereadItems = ({ text: before, items }: ReadText, text: string): readonly Item[] | null => {
  const from = commonStart(before, text)
  const kept = commonEnd(before, text, from)
  const moved = text.length - before.length
  const at = (index: number): Item | undefined => items[index]

  let first = items.findIndex(({ reach }) => reach >= from)
  if (first < 0) first = items.length - 1
  let last = items.findLastIndex(({ start }) => start <= before.length - kept)
  if (last < first) last = first
  // Of two mistakes at one place the second is not told, so what is no declaration depends on the item before it.
  while (first > 0 && (at(first)?.kind === 'nothing' || isFaulty(at(first - 1)))) first--
  while (at(last + 1)?.kind === 'nothing') last++

  const start = first === 0 ? 0 : (at(first - 1)?.end ?? 0)
  for (; ; last++) {
    const next = at(last + 1)
    if (!next) {
      const rest = first === 0 ? null : readItems(text, { from: start, until: null, to: text.length })
      return rest && isAlone(items.slice(first), rest) ? [...items.slice(0, first), ...rest] : null
    }
    const until = { first: next.first + moved, isFirstOnLine: next.isFirstOnLine }
    const read = readItems(text, { from: start, until, to: next.end + moved })
    if (!read || !isAlone(items.slice(first, last + 1), read)) return null
    // Where the changed items end earlier than before, what is left of them are comments, which belong to the next one.
    if ((read.at(-1)?.end ?? start) !== next.start + moved) continue
    const behind = items.slice(last + 1)
    for (const item of behind) move(item, moved)
    return [...items.slice(0, first), ...read, ...behind]
  }
}

const isFaulty = (item: Item | undefined): boolean =>
  item !== undefined && item.errors.length + item.lexicalErrors.length > 0

/** Whether what is said twice in a file can stand neither in the old part nor in the new one. */
const isAlone = (before: readonly Item[], after: readonly Item[]): boolean =>
  ![...before, ...after].some(({ kind }) => kind === 'namespace')

const commonStart = (a: string, b: string): number => {
  const limit = Math.min(a.length, b.length)
  let at = 0
  while (at < limit && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return at
}

const commonEnd = (a: string, b: string, from: number): number => {
  const limit = Math.min(a.length, b.length) - from
  let length = 0
  while (length < limit && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length)) length++
  return length
}

type Movable = { start: number; end: number }

/** The places of each item, found when it is first moved: the next time it is a loop over numbers. */
const places = new WeakMap<Item, readonly Movable[]>()

const move = (item: Item, by: number): void => {
  item.start += by
  item.first += by
  item.end += by
  item.reach += by
  let spans = places.get(item)
  if (!spans) {
    const found = new Set<Movable>()
    const { namespace, like, statement, declaration, comments, lexicalErrors, errors } = item
    collect([namespace, like, statement, declaration, comments, lexicalErrors, errors], found)
    spans = [...found]
    places.set(item, spans)
  }
  for (const span of spans) {
    span.start += by
    span.end += by
  }
}

/** Every span of a tree, each once: nodes share some. A tree holds no place but in spans. */
const collect = (node: unknown, found: Set<Movable>): void => {
  if (typeof node !== 'object' || node === null) return
  if (Array.isArray(node)) for (const one of node) collect(one, found)
  else if (isSpan(node)) found.add(node)
  else for (const key in node) collect((node as Record<string, unknown>)[key], found)
}

const isSpan = (node: object): node is Movable & Span => 'start' in node && typeof node.start === 'number'
