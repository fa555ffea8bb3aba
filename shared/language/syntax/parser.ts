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
 * Reads a `.proml` text. Never throws: what cannot be read is told in `errors`, and reading goes on at the next
 * statement or declaration. Every span lies inside the text.
 */
export const parse = (text: string): Document => {
  if (text.length > lengthLimit) return { ...tooLong, text }
  const { tokens, comments, errors } = lex(text)
  const cursor = new Cursor(tokens)
  const documentationBefore = documentationReader(text, comments)
  const declarations: Declaration[] = []
  const imports: Import[] = []
  let namespace: Identifier | null = null
  let like: Identifier | null = null
  while (!cursor.isAtEnd()) {
    const token = cursor.peek()
    if (token.kind === 'name' && !token.isQuoted && declarationKeywords.has(token.text)) {
      if (token.text === 'namespace') {
        cursor.next()
        const name = cursor.expectName('the namespace’s name')
        if (name && namespace) cursor.fail('PML1008', spanOf(token), { clause: 'namespace' })
        namespace ??= name
        if (cursor.takeWord('like')) like = cursor.expectName('`feast`, `feathr` or `chronon`')
      } else if (token.text === 'import') imports.push(parseImport(cursor))
      else {
        const declaration = parseDeclaration(cursor, token.text, documentationBefore(token.start))
        if (declaration) declarations.push(declaration)
      }
      continue
    }
    const [guess = null] = token.kind === 'name' ? nearest(token.text, declarationKeywords, 1) : []
    cursor.fail('PML1009', spanOf(token), {
      word: token.text,
      nearest: guess,
      expected: '`namespace`, `import`, `source`, `entity`, `feature` or `model`',
    })
    cursor.next()
    cursor.skipUntil(() => cursor.isDeclarationStart())
  }
  const all = [...errors, ...cursor.errors].sort((a, b) => a.span.start - b.span.start)
  return { text, namespace, like, imports, declarations, comments, errors: all }
}

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
