import type { Comment } from '../ast'
import { lex, type Token } from '../syntax/lexer'
import { lineStart } from './text'

/**
 * Lexes no more than the declaration around the offset: from the last line that begins with a declaration’s word, with no space before it
 * and in no comment.
 */
export function tokensBefore(text: string, offset: number, comments: readonly Comment[]): readonly Token[] | null {
  if (comments.some((comment) => isInside(comment, text, offset))) return null
  const start = declarationStart(text, offset, comments)
  const before = lex(text.slice(start, offset))
  const last = before.comments.at(-1)
  // The comment that is being written is not yet one of the file’s.
  if (last?.span.end === offset - start && !(last.kind === 'block' && text.slice(0, offset).endsWith('*/'))) return null
  return before.tokens
    .filter((token) => token.kind !== 'end')
    .map((token) => ({ ...token, start: token.start + start, end: token.end + start }))
}

const isInside = ({ kind, span }: Comment, text: string, offset: number): boolean =>
  span.start < offset &&
  (offset < span.end || (offset === span.end && !(kind === 'block' && text.startsWith('*/', span.end - 2))))

function declarationStart(text: string, offset: number, comments: readonly Comment[]): number {
  for (let at = lineStart(text, offset); at > 0; at = lineStart(text, at - 1)) {
    const isOne = /(?:source|entity|feature|model|import)\b/y
    isOne.lastIndex = at
    if (isOne.test(text) && !comments.some(({ span }) => span.start < at && at < span.end)) return at
  }
  return 0
}
