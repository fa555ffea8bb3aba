import type { Comment } from '../ast'
import { featureKinds, statuses } from '../check/attributes'
import { metrics } from '../check/clauses'
import type { OperatorSide } from '../operators/operator'
import { lex, type Token } from '../syntax/lexer'
import { type OpenCall, openCall } from './openCall'

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
  | { readonly kind: 'value'; readonly values: readonly string[] }
  | { readonly kind: 'argument'; readonly call: OpenCall; readonly side: OperatorSide; readonly isTuned: boolean }
  | { readonly kind: 'feature expression'; readonly source: string | null; readonly call: OpenCall | null }
  | { readonly kind: 'model statement' }
  | { readonly kind: 'use'; readonly source: string | null }
  | { readonly kind: 'row expression'; readonly source: string | null }
  | {
      readonly kind: 'model expression'
      readonly model: string
      readonly call: OpenCall | null
      readonly isOutput: boolean
    }
  | { readonly kind: 'clause'; readonly block: 'train' | 'validate' | 'health' }

const declarationWords = new Set(['source', 'entity', 'feature', 'model'])
const statementWords = new Set(['observe', 'predict', 'use', 'let', 'output', 'train', 'validate', 'health'])

const nothing: CompletionPlace = { kind: 'none' }

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
  for (let at = text.lastIndexOf('\n', offset - 1) + 1; at > 0; at = text.lastIndexOf('\n', at - 2) + 1) {
    const isOne = /(?:source|entity|feature|model)\b/y
    isOne.lastIndex = at
    if (isOne.test(text) && !comments.some(({ span }) => span.start < at && at < span.end)) return at
  }
  return 0
}

export function completionPlace(text: string, offset: number, comments: readonly Comment[]): CompletionPlace {
  const read = tokensBefore(text, offset, comments)
  if (!read) return nothing
  const last = read.at(-1)
  // The word being typed is what is completed, not what stands before the cursor.
  const tokens = last?.end === offset && last.kind === 'name' ? read.slice(0, -1) : read
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
  if (before === 'lag' || before === 'owner' || before === 'unit') return nothing
  if (before === 'default') return { kind: 'value', values: ['true', 'false'] }
  if (before === 'status') return { kind: 'value', values: statuses }
  if (before === 'kind') return { kind: 'value', values: featureKinds }
  if (before === 'by' || (by >= 0 && depthOf(own.slice(by)) > 0)) return { kind: 'column', source }
  if (!own.some((token) => token.text === '=')) return nothing
  const call = openCall(own)
  return argumentPlace(call, 'feature') ?? { kind: 'feature expression', source, call }
}

/** After `name:`, only what that parameter takes. */
const argumentPlace = (call: OpenCall | null, side: OperatorSide): CompletionPlace | null => {
  if (call?.callee === 'tune') return { kind: 'argument', call: call.outer ?? call, side, isTuned: true }
  return call?.parameter ? { kind: 'argument', call, side, isTuned: false } : null
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
        ? clausePlace(word, statement)
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
    case 'output': {
      if (!hasEquals) return nothing
      const call = openCall(statement)
      return argumentPlace(call, 'model') ?? { kind: 'model expression', model, call, isOutput: word === 'output' }
    }
    default:
      return { kind: 'model statement' }
  }
}

const everyMetric = [...new Set([...metrics.binary, ...metrics.regression])]

/** What may follow the words of a clause. */
const clauseValues: Readonly<Record<string, readonly string[]>> = {
  split: ['time', 'random', 'by entity'],
  maximize: everyMetric,
  minimize: everyMetric,
  trials: ['maximize', 'minimize'],
  latency: ['p50', 'p90', 'p95', 'p99'],
  drift: ['psi', 'ks'],
  decay: everyMetric,
  retrain: ['on decay', 'on drift'],
}

function clausePlace(block: 'train' | 'validate' | 'health', statement: readonly Token[]): CompletionPlace {
  const last = statement.at(-1)
  const before = statement.at(-2)?.text
  if (last?.text === 'on') return { kind: 'value', values: before === 'retrain' ? ['decay', 'drift'] : ['inputs'] }
  if (last?.kind === 'number' && before === 'search') return { kind: 'value', values: ['trials'] }
  const values = last?.kind === 'name' ? clauseValues[last.text] : undefined
  return values ? { kind: 'value', values } : { kind: 'clause', block }
}
