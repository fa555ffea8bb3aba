import type { Span } from '../../plan/plan'
import type { Document } from '../ast'
import type { TextEdit } from '../diagnostic'
import { format } from '../format/format'
import { parse } from '../syntax/parser'
import { smallestChange } from './smallestChange'
import { touches } from './text'

/** The canonical form of the declarations that a range touches; the others stay as they are. */
export function formatRange(document: Document, range: Span): TextEdit[] {
  const formatted = parse(format(document.text))
  // The formatter changes white space alone: the declarations of both texts are the same ones.
  if (document.errors.length > 0 || formatted.declarations.length !== document.declarations.length) return []
  return document.declarations.flatMap(({ span }, index) => {
    const after = formatted.declarations[index]?.span
    if (!after || !touches(span, range)) return []
    const before = document.text.slice(span.start, span.end)
    const change = smallestChange(before, formatted.text.slice(after.start, after.end))
    return change
      ? [{ span: { start: span.start + change.span.start, end: span.start + change.span.end }, text: change.text }]
      : []
  })
}
