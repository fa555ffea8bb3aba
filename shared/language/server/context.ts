import type { Comment } from '../ast'
import { featureKinds, statuses, systems } from '../check/attributes'
import type { OperatorSide } from '../operators/operator'
import { statementKeywords } from '../syntax/cursor'
import type { Token } from '../syntax/lexer'
import { clausePlace } from './clausePlace'
import { tokensBefore } from './localTokens'
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
  | { readonly kind: 'reader argument'; readonly call: OpenCall }
  | { readonly kind: 'import'; readonly from: string | null }
  | { readonly kind: 'import path'; readonly start: number }
  | { readonly kind: 'feature' }
  | { readonly kind: 'column'; readonly source: string | null }
  | { readonly kind: 'window' }
  | { readonly kind: 'value'; readonly values: readonly string[] }
  | { readonly kind: 'argument'; readonly call: OpenCall; readonly side: OperatorSide; readonly isTuned: boolean }
  | { readonly kind: 'feature expression'; readonly source: string | null; readonly call: OpenCall | null }
  | { readonly kind: 'model statement' }
  | { readonly kind: 'use'; readonly source: string | null }
  | { readonly kind: 'row expression'; readonly source: string | null }
  | { readonly kind: 'step expression'; readonly source: string | null; readonly model: string }
  | {
      readonly kind: 'model expression'
      readonly model: string
      readonly call: OpenCall | null
      readonly isOutput: boolean
    }
  | { readonly kind: 'clause'; readonly block: 'train' | 'validate' | 'health' }

const declarationWords = new Set(['source', 'entity', 'feature', 'model', 'import'])
const statementWords = new Set([...statementKeywords, 'rank', 'filter', 'top', 'sort', 'group', 'distinct', 'union'])

const nothing: CompletionPlace = { kind: 'none' }

export function completionPlace(text: string, offset: number, comments: readonly Comment[]): CompletionPlace {
  const read = tokensBefore(text, offset, comments)
  if (!read) return nothing
  const last = read.at(-1)
  // The word being typed is what is completed, not what stands before the cursor.
  const tokens = last?.end === offset && last.kind === 'name' ? read.slice(0, -1) : read
  if (last?.kind === 'string' && last.end === offset) return inText(tokens)

  const start = tokens.findLastIndex(
    (token, index) =>
      token.kind === 'name' &&
      !token.isQuoted &&
      declarationWords.has(token.text) &&
      tokens[index - 1]?.text !== 'kind' &&
      isStart(tokens, index),
  )
  if (start < 0) return inHead(tokens)
  const own = tokens.slice(start)
  switch (own[0]?.text) {
    case 'import':
      return inImport(own, text, offset)
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

/** Inside a text nothing is offered but the files that an import may name. */
function inText(tokens: readonly Token[]): CompletionPlace {
  const text = tokens.at(-1)
  const statement = tokens.findLast(({ isFirstOnLine }) => isFirstOnLine)
  return text && statement?.text === 'import' && tokens.at(-2)?.text === 'from'
    ? { kind: 'import path', start: text.start + 1 }
    : nothing
}

/** `namespace flights like feathr`, before anything is declared. */
const inHead = (tokens: readonly Token[]): CompletionPlace => {
  const before = tokens.at(-1)?.text
  if (before === 'namespace') return nothing
  return before === 'like' ? { kind: 'value', values: systems } : { kind: 'file' }
}

/** The file often stands behind the cursor: `import | from "features/airports.proml"`. */
function inImport(own: readonly Token[], text: string, offset: number): CompletionPlace {
  const before = own.at(-1)?.text
  if (own.some(({ text: word }) => word === 'from')) return own.at(-1)?.kind === 'string' ? { kind: 'file' } : nothing
  if (before !== 'import' && before !== ',')
    return before === 'as' ? nothing : { kind: 'value', values: ['as', 'from'] }
  const line = text.slice(offset, text.indexOf('\n', offset) < 0 ? undefined : text.indexOf('\n', offset))
  return { kind: 'import', from: /\bfrom\s+"([^"]*)"/.exec(line)?.[1] ?? null }
}

function inSource(own: readonly Token[]): CompletionPlace {
  const name = own[1]?.text ?? ''
  const before = own.at(-1)?.text
  if (own.length < 2) return nothing
  if (before === '=') return { kind: 'reader' }
  const brace = own.findIndex((token) => token.text === '{')
  const call = openCall(own)
  if (brace < 0) return call ? { kind: 'reader argument', call } : nothing
  if (depthOf(own) <= 0) return { kind: 'file' }
  if (call?.callee === 'schema') return before === ':' ? { kind: 'type' } : nothing
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
  if (before === 'like') return { kind: 'value', values: systems }
  if (openCall(own)?.callee === 'deprecated') return { kind: 'feature' }
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
        ? clausePlace(word, statement, source)
        : { kind: 'model statement' }
    case 'observe':
      if (statement.length === 1) return { kind: 'source' }
      return statement.some((token) => token.text === 'where')
        ? { kind: 'row expression', source }
        : { kind: 'model statement' }
    case 'rank':
    case 'group':
    case 'distinct':
      return statement.some((token) => token.text === 'by') ? { kind: 'column', source } : nothing
    case 'union':
      return statement.length === 1 ? { kind: 'source' } : { kind: 'model statement' }
    case 'filter':
      return { kind: 'step expression', source, model }
    case 'top':
    case 'sort':
      return statement.some((token) => token.text === 'by') ? { kind: 'step expression', source, model } : nothing
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
