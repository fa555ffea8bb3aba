import type { Span } from '../../plan/plan'
import type { Fix } from '../diagnostic'
import { nearest } from '../nearest'
import type { DiagnosticCode, DiagnosticParams } from './table'

type Mend<C extends DiagnosticCode> = (at: Place, params: DiagnosticParams<C>) => readonly Fix[]

interface Place {
  readonly text: string
  readonly span: Span
}

const edit = (title: string, span: Span, text: string): Fix => ({ title, edits: [{ span, text }] })
const insertion = (title: string, at: number, text: string): Fix => edit(title, { start: at, end: at }, text)

/** Takes something out of the text: with its line where it stands alone on it, else with the space or comma before it. */
export const removal = (title: string, text: string, { start, end }: Span): Fix => {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', end)
  const isAlone =
    text.slice(lineStart, start).trim() === '' && text.slice(end, lineEnd < 0 ? text.length : lineEnd).trim() === ''
  if (isAlone && lineEnd >= 0) return edit(title, { start: lineStart, end: lineEnd + 1 }, '')
  const before = text.slice(0, start)
  return edit(title, { start: before.length - (/\s*,?\s*$/.exec(before)?.[0].length ?? 0), end }, '')
}

/** The span with the word before it: `by` in front of its columns, `of` in front of an entity. */
export const withWordBefore = (text: string, word: string, { start, end }: Span): Span => {
  const found = new RegExp(`\\b${word}\\s*\\(?\\s*$`).exec(text.slice(0, start))
  const close = found?.[0].includes('(') ? (/^\s*\)/.exec(text.slice(end))?.[0].length ?? 0) : 0
  return { start: found?.index ?? start, end: end + close }
}

export const replacement = (span: Span, name: string): Fix => edit(`Change to \`${name}\``, span, name)

/** What can be mended from the text and the message alone. Where the checker knows more, it says its own. */
const mends: { readonly [C in DiagnosticCode]?: Mend<C> } = {
  PML1001: ({ text, span }, { expected }) => {
    const sign = /^`([^\w`]+)`$/.exec(expected)?.[1]
    return sign === undefined ? [] : [insertion(`Add \`${sign}\``, text.slice(0, span.start).trimEnd().length, sign)]
  },
  PML1002: ({ span }) => [insertion('Close the text', span.end, '"')],
  PML1003: ({ text }) => [insertion('Close the comment', text.length, ' */')],
  PML1004: ({ span }) => [edit('Remove it', span, '')],
  PML1006: (_place, { close, missed }) => [edit(`Add \`${close}\``, { ...missed }, close === '}' ? '\n}' : close)],
  PML1009: ({ span }, { nearest: word }) => (word === null ? [] : [replacement(span, word)]),
  PML1209: ({ text, span }) => [removal('Remove it', text, span)],
  PML1215: ({ span }, { operator, instead }) =>
    instead.slice(0, 3).map((name) => replacement({ start: span.start, end: span.start + operator.length }, name)),
  PML1401: ({ span }) => [insertion('Declare it string', span.end, ': string')],
  PML1411: ({ span }, { expected, found }) => {
    const word = /^`(.+)`$/.exec(found)?.[1]
    return word === undefined ? [] : nearest(word, expected.split(', ')).map((name) => replacement(span, name))
  },
  PML1415: ({ text, span }) => [removal('Remove the entity', text, withWordBefore(text, 'of', span))],
  PML1512: ({ span }, { instead }) => instead.slice(0, 3).map((name) => replacement(span, name)),
  PML1516: ({ text, span }) => {
    const shares = /[\d.]+(?:\s*\/\s*[\d.]+)*$/.exec(text.slice(span.start, span.end))
    const start = span.start + (shares?.index ?? 0)
    return shares ? [edit('Write `70/15/15`', { start, end: span.end }, '70/15/15')] : []
  },
  PML1519: ({ span }, { instead }) => instead.slice(0, 3).map((name) => replacement(span, name)),
  PML2106: ({ text, span }) => [removal('Remove the search', text, span)],
  PML2109: ({ text, span }, { direction }) => {
    const start = text.indexOf(direction, span.start)
    const other = direction === 'maximize' ? 'minimize' : 'maximize'
    return start < 0 ? [] : [replacement({ start, end: start + direction.length }, other)]
  },
}

export const mechanicalFixes = <C extends DiagnosticCode>(
  code: C,
  place: Place,
  params: DiagnosticParams<C>,
): readonly Fix[] => {
  const mend: Mend<C> | undefined = mends[code]
  return mend?.(place, params) ?? []
}
