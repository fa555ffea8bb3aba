import type { Span } from '../../plan/plan'
import type { Comment, Declaration, Document, Identifier, Import, SyntaxProblem } from '../ast'
import { nearest } from '../nearest'
import { Cursor, declarationKeywords } from './cursor'
import { parseEntity, parseFeature, parseImport, parseSource } from './declarations'
import { lex, spanOf } from './lexer'
import { parseModel } from './model'
import { syntaxError } from './syntaxError'

/** Longer files are refused rather than read slowly. */
const lengthLimit = 4_000_000

const nothingBut = (error: SyntaxProblem): Document => ({
  text: '',
  namespace: null,
  like: null,
  imports: [],
  declarations: [],
  comments: [],
  errors: [error],
})

/** What stands for a file that is longer than anyone writes. */
export const tooLong: Document = nothingBut(syntaxError('PML1010', { start: 0, end: 0 }, { limit: lengthLimit }))

/** What stands for a file that could not be read, so that it is told and not passed over. */
export const unread = (reason: string): Document => nothingBut(syntaxError('PML1011', { start: 0, end: 0 }, { reason }))

/**
 * What stands at the top of a file: an import, a declaration, `namespace`, tokens that are none of them, or the end; with
 * the comments before and in it. Offsets and spans are those of the text as it is now, also after it was edited.
 */
export interface Item {
  readonly kind: 'namespace' | 'import' | 'declaration' | 'nothing' | 'end'
  /** End of the item before, from where its own comments and tokens stand. */
  start: number
  /** Start of the first token. */
  first: number
  /** End of the last token. */
  end: number
  /** End of the furthest token that was looked at to read it. */
  reach: number
  /** Whether its first token is the first of a line. */
  readonly isFirstOnLine: boolean
  readonly namespace: Identifier | null
  readonly like: Identifier | null
  readonly statement: Import | null
  readonly declaration: Declaration | null
  readonly comments: readonly Comment[]
  readonly lexicalErrors: readonly SyntaxProblem[]
  readonly errors: readonly SyntaxProblem[]
}

/** Part of a text: from the end of a token up to the first token of an item that is known already, or to the end. */
export interface Part {
  readonly from: number
  /** The known item; null where the part goes to the end of the text. */
  readonly until: Pick<Item, 'first' | 'isFirstOnLine'> | null
  /** Tokens are read up to here, since the parser looks ahead. */
  readonly to: number
}

/**
 * Reads the items of a text, or of a part of it; null where they do not end where the known item begins, or where the
 * known item would read differently.
 */
export const readItems = (text: string, part?: Part): Item[] | null => {
  const { tokens, comments, errors } = lex(text, part?.from, part?.to)
  const cursor = new Cursor(tokens)
  const documentationBefore = documentationReader(text, comments)
  const takeComments = takerOf(comments)
  const takeErrors = takerOf(errors)
  const items: Item[] = []
  let start = part?.from ?? 0
  let hasNamespace = false
  for (;;) {
    const token = cursor.peek()
    const told = cursor.errors.length
    const { start: first, isFirstOnLine } = token
    if (part?.until && first >= part.until.first) {
      const isMet = first === part.until.first && isFirstOnLine === part.until.isFirstOnLine
      return isMet && (!cursor.hasSeenEnd() || part.to === text.length) ? items : null
    }
    let kind: Item['kind'] = 'end'
    let namespace: Identifier | null = null
    let like: Identifier | null = null
    let statement: Import | null = null
    let declaration: Declaration | null = null
    if (cursor.isAtEnd()) {
      if (part?.until) return null
    } else if (token.kind === 'name' && !token.isQuoted && declarationKeywords.has(token.text)) {
      if (token.text === 'namespace') {
        kind = 'namespace'
        cursor.next()
        namespace = cursor.expectName('the namespace’s name')
        if (namespace && hasNamespace) cursor.fail('PML1008', spanOf(token), { clause: 'namespace' })
        hasNamespace ||= namespace !== null
        if (cursor.takeWord('like')) like = cursor.expectName('`feast`, `feathr` or `chronon`')
      } else if (token.text === 'import') {
        kind = 'import'
        statement = parseImport(cursor)
      } else {
        kind = 'declaration'
        declaration = parseDeclaration(cursor, token.text, documentationBefore(first))
      }
    } else {
      kind = 'nothing'
      const [guess = null] = token.kind === 'name' ? nearest(token.text, declarationKeywords, 1) : []
      cursor.fail('PML1009', spanOf(token), {
        word: token.text,
        nearest: guess,
        expected: '`namespace`, `import`, `source`, `entity`, `feature` or `model`',
      })
      cursor.next()
      cursor.skipUntil(() => cursor.isDeclarationStart())
    }
    const end = kind === 'end' ? text.length : cursor.previousEnd()
    items.push({
      kind,
      start,
      first,
      end,
      reach: kind === 'end' ? end : cursor.reach(),
      isFirstOnLine,
      namespace,
      like,
      statement,
      declaration,
      comments: takeComments(end),
      lexicalErrors: takeErrors(end),
      errors: cursor.errors.slice(told),
    })
    if (kind === 'end') return items
    start = end
  }
}

/** What stands before an offset and was not taken yet; the last call takes all that is left. */
const takerOf = <T extends { readonly span: Span }>(all: readonly T[]) => {
  let next = 0
  return (before: number): readonly T[] => {
    const first = next
    while (next < all.length && (all[next]?.span.start ?? before) < before) next++
    return first === next ? none : all.slice(first, next)
  }
}
const none: readonly never[] = []

export const documentOf = (text: string, items: readonly Item[]): Document => {
  const errors = [...items.flatMap(({ lexicalErrors }) => lexicalErrors), ...items.flatMap((item) => item.errors)].sort(
    (a, b) => a.span.start - b.span.start,
  )
  const head = items.find(({ namespace }) => namespace !== null)
  const like = items.findLast((item) => item.kind === 'namespace' && item.like !== null)
  return {
    text,
    namespace: head?.namespace ?? null,
    like: like?.like ?? null,
    imports: items.flatMap(({ statement }) => statement ?? none),
    declarations: items.flatMap(({ declaration }) => declaration ?? none),
    comments: items.flatMap(({ comments }) => comments),
    errors,
  }
}

export const isTooLong = (text: string): boolean => text.length > lengthLimit

/**
 * Reads a `.proml` text. Never throws: what cannot be read is told in `errors`, and reading goes on at the next
 * statement or declaration. Every span lies inside the text.
 */
export const parse = (text: string): Document =>
  isTooLong(text) ? { ...tooLong, text } : documentOf(text, readItems(text) ?? [])

const parseDeclaration = (cursor: Cursor, keyword: string, documentation: string): Declaration | null => {
  switch (keyword) {
    case 'source':
      return parseSource(cursor, documentation)
    case 'entity':
      return parseEntity(cursor, documentation)
    case 'feature':
      return parseFeature(cursor, documentation)
    default:
      return parseModel(cursor, documentation)
  }
}

/** The `///` lines directly before an offset, with nothing but white space between them. */
const documentationReader = (text: string, comments: readonly Comment[]) => {
  let next = 0
  return (before: number): string => {
    while ((comments[next]?.span.start ?? before) < before) next++
    const lines: string[] = []
    let end = before
    for (let index = next - 1; index >= 0; index--) {
      const comment = comments[index]
      if (comment?.kind !== 'documentation' || text.slice(comment.span.end, end).trim() !== '') break
      lines.unshift(text.slice(comment.span.start + 3, comment.span.end).replace(/^ /, ''))
      end = comment.span.start
    }
    return lines.join('\n').trim()
  }
}
