import { lex, type Token } from '../syntax/lexer'

/** What may stand at the cursor, read from the words before it: the text there is unfinished, so no tree is asked. */
export type CompletionPlace =
  | { readonly kind: 'file' }
  | { readonly kind: 'none' }
  | { readonly kind: 'type' }
  | { readonly kind: 'entity' }
  | { readonly kind: 'source' }
  | { readonly kind: 'source clause'; readonly source: string }
  | { readonly kind: 'reader' }
  | { readonly kind: 'column'; readonly source: string | null }
  | { readonly kind: 'window' }
  | { readonly kind: 'status' }
  | { readonly kind: 'feature expression'; readonly source: string | null; readonly callee: string | null }
  | { readonly kind: 'model statement' }
  | { readonly kind: 'use'; readonly source: string | null }
  | { readonly kind: 'row expression'; readonly source: string | null }
  | {
      readonly kind: 'model expression'
      readonly model: string
      readonly callee: string | null
      readonly isOutput: boolean
    }
  | { readonly kind: 'clause'; readonly block: 'train' | 'validate' | 'health' }

const declarationWords = new Set(['source', 'entity', 'feature', 'model'])
const statementWords = new Set(['observe', 'predict', 'use', 'let', 'output', 'train', 'validate', 'health'])

const nothing: CompletionPlace = { kind: 'none' }

export function completionPlace(text: string, offset: number): CompletionPlace {
  const { tokens: read, comments } = lex(text.slice(0, offset))
  const last = comments.at(-1)
  if (last && last.span.end === offset && (last.kind !== 'block' || !text.slice(0, offset).endsWith('*/')))
    return nothing
  const tokens = read.filter((token) => token.kind !== 'end')
  // The word being typed is what is completed, not what stands before the cursor.
  if (tokens.at(-1)?.end === offset && tokens.at(-1)?.kind === 'name') tokens.pop()
  if (tokens.at(-1)?.kind === 'string' && tokens.at(-1)?.end === offset) return nothing

  const start = tokens.findLastIndex(
    (token, index) =>
      token.kind === 'name' &&
      !token.isQuoted &&
      declarationWords.has(token.text) &&
      tokens[index - 1]?.text !== 'kind' &&
      isStart(tokens, index),
  )
  if (start < 0) return tokens.at(-1)?.text === 'namespace' ? nothing : { kind: 'file' }
  const own = tokens.slice(start)
  switch (own[0]?.text) {
    case 'source':
      return inSource(own)
    case 'entity':
      return inEntity(own)
    case 'feature':
      return inFeature(own, sourceAfter(text, offset))
    default:
      return inModel(own)
  }
}

/** A declaration’s word begins one only where a name follows and the bracket before is closed. */
const isStart = (tokens: readonly Token[], index: number): boolean => {
  const token = tokens[index]
  return token?.isFirstOnLine === true || index === 0 || tokens[index - 1]?.text === '}'
}

const depthOf = (tokens: readonly Token[]): number =>
  tokens.reduce((depth, { text, kind }) => {
    if (kind !== 'punctuation') return depth
    if (text === '{' || text === '(' || text === '[') return depth + 1
    return text === '}' || text === ')' || text === ']' ? depth - 1 : depth
  }, 0)

function inSource(own: readonly Token[]): CompletionPlace {
  const name = own[1]?.text ?? ''
  const before = own.at(-1)?.text
  if (own.length < 2) return nothing
  if (before === '=') return { kind: 'reader' }
  const brace = own.findIndex((token) => token.text === '{')
  if (brace < 0) return nothing
  if (depthOf(own) <= 0) return { kind: 'file' }
  if (before === 'time' || before === 'created' || depthOf(own.slice(brace)) > 1)
    return { kind: 'column', source: name }
  return { kind: 'source clause', source: name }
}

const inEntity = (own: readonly Token[]): CompletionPlace => {
  if (own.at(-1)?.text === ':') return { kind: 'type' }
  return own.length > 2 && depthOf(own) <= 0 ? { kind: 'file' } : nothing
}

/** `from S` often stands behind the cursor: `mean(|) from flights`. */
const sourceAfter = (text: string, offset: number): string | null => {
  const rest = text.slice(offset, offset + 2000).split(/\n\s*(?:feature|model|source|entity)\b/u)[0] ?? ''
  return /\bfrom\s+([\p{L}_][\p{L}\p{N}_]*)/u.exec(rest)?.[1] ?? null
}

function inFeature(own: readonly Token[], later: string | null): CompletionPlace {
  const before = own.at(-1)?.text
  if (own.length < 2) return nothing
  const from = own.findLastIndex((token) => token.text === 'from')
  const source = from >= 0 ? (own[from + 1]?.text ?? null) : later
  const by = own.findLastIndex((token) => token.text === 'by')
  if (before === ':') return { kind: 'type' }
  if (before === 'of') return { kind: 'entity' }
  if (before === 'from') return { kind: 'source' }
  if (before === 'over') return { kind: 'window' }
  if (before === 'lag' || before === 'owner' || before === 'unit' || before === 'default') return nothing
  if (before === 'status') return { kind: 'status' }
  if (before === 'by' || (by >= 0 && depthOf(own.slice(by)) > 0)) return { kind: 'column', source }
  if (own.some((token) => token.text === '=')) return { kind: 'feature expression', source, callee: openCall(own) }
  return nothing
}

function inModel(own: readonly Token[]): CompletionPlace {
  const model = own[1]?.text ?? ''
  const brace = own.findIndex((token) => token.text === '{')
  if (brace < 0) return nothing
  const inside = own.slice(brace)
  const depth = depthOf(inside)
  if (depth <= 0) return { kind: 'file' }
  const observe = own.findIndex((token) => token.text === 'observe')
  const source = observe >= 0 ? (own[observe + 1]?.text ?? null) : null
  const at = inside.findLastIndex(
    (token, index) =>
      token.kind === 'name' &&
      statementWords.has(token.text) &&
      (token.isFirstOnLine || inside[index - 1]?.text === '}'),
  )
  const statement = inside.slice(Math.max(at, 0))
  const before = statement.at(-1)?.text
  const word = at < 0 ? '' : (statement[0]?.text ?? '')
  const hasEquals = statement.some((token) => token.text === '=')
  switch (word) {
    case 'train':
    case 'validate':
    case 'health':
      return statement.some((token) => token.text === '{') && depth > 1
        ? { kind: 'clause', block: word }
        : { kind: 'model statement' }
    case 'observe':
      if (statement.length === 1) return { kind: 'source' }
      return statement.some((token) => token.text === 'where')
        ? { kind: 'row expression', source }
        : { kind: 'model statement' }
    case 'predict':
      return hasEquals ? { kind: 'row expression', source } : nothing
    case 'use': {
      const by = statement.findLastIndex((token) => token.text === 'by')
      if (before === 'by' || (by >= 0 && depthOf(statement.slice(by)) > 0)) return { kind: 'column', source }
      if (statement.length === 1) return { kind: 'use', source }
      return hasEquals ? { kind: 'row expression', source } : { kind: 'model statement' }
    }
    case 'let':
    case 'output':
      return hasEquals
        ? { kind: 'model expression', model, callee: openCall(statement), isOutput: word === 'output' }
        : nothing
    default:
      return { kind: 'model statement' }
  }
}

/** The function whose bracket is open at the end. */
function openCall(tokens: readonly Token[]): string | null {
  let depth = 0
  for (let index = tokens.length - 1; index > 0; index--) {
    const { text, kind } = tokens[index] ?? {}
    if (kind !== 'punctuation') continue
    if (text === ')' || text === ']') depth++
    else if (text === '[') depth--
    else if (text === '(' && depth-- === 0)
      return tokens[index - 1]?.kind === 'name' ? (tokens[index - 1]?.text ?? null) : null
  }
  return null
}
