import type { Span } from '../../plan/plan'
import type { ClauseBlock, Document, FeatureDeclaration, ModelDeclaration, SourceDeclaration } from '../ast'
import type { Token } from '../syntax/lexer'

/** A token that starts a line. `keepsBlank`: one blank line before it stays. */
export interface Break {
  readonly indent: number
  readonly keepsBlank: boolean
}

export interface Layout {
  readonly breaks: ReadonlyMap<number, Break>
  /** Starts of tokens with two spaces before them: clauses and attributes of one line. */
  readonly wide: ReadonlySet<number>
}

/** Width of the tokens of a span on one line, infinite where a comment needs a line of its own. */
export type Measure = (span: Span, wide: ReadonlySet<number>) => number

export const lineWidth = 100

interface Builder {
  readonly tokens: readonly Token[]
  readonly indexAt: ReadonlyMap<number, number>
  readonly breaks: Map<number, Break>
  readonly wide: Set<number>
  readonly measure: Measure
}

/** Decides which tokens start a line. It depends on tokens and comments alone, never on the lines of the text. */
export const layoutOf = (document: Document, tokens: readonly Token[], measure: Measure): Layout => {
  const indexAt = new Map(tokens.map(({ start }, index) => [start, index]))
  const builder: Builder = { tokens, indexAt, breaks: new Map(), wide: new Set(), measure }
  if (document.namespace) {
    const keyword = tokens[(indexAt.get(document.namespace.span.start) ?? 1) - 1]
    if (keyword) builder.breaks.set(keyword.start, { indent: 0, keepsBlank: true })
  }
  for (const { span } of document.imports) builder.breaks.set(span.start, { indent: 0, keepsBlank: true })
  for (const declaration of document.declarations) {
    builder.breaks.set(declaration.span.start, { indent: 0, keepsBlank: true })
    if (declaration.kind === 'source') layoutSource(declaration, builder)
    else if (declaration.kind === 'feature') layoutFeature(declaration, builder)
    else if (declaration.kind === 'model') layoutModel(declaration, builder)
  }
  return { breaks: builder.breaks, wide: builder.wide }
}

const tokensIn = ({ start, end }: Span, { tokens, indexAt }: Builder): readonly Token[] => {
  const from = indexAt.get(start) ?? 0
  let to = from
  while ((tokens[to]?.end ?? Number.POSITIVE_INFINITY) <= end && tokens[to]?.kind !== 'end') to++
  return tokens.slice(from, to)
}

const layoutSource = ({ span }: SourceDeclaration, builder: Builder): void => {
  const inside = tokensIn(span, builder)
  const open = inside.findIndex(({ kind, text }) => kind === 'punctuation' && text === '{')
  const close = inside.at(-1)
  if (open < 0 || !close) return
  const clauses: Token[] = []
  for (let index = open + 1; index < inside.length - 1; index++) {
    const keyword = inside[index]
    if (!keyword) break
    clauses.push(keyword)
    index++
    if (inside[index]?.text === '(' && inside[index]?.kind === 'punctuation')
      while (index < inside.length && inside[index]?.text !== ')') index++
  }
  for (const clause of clauses.slice(1)) builder.wide.add(clause.start)
  if (clauses.length <= 1 && builder.measure(span, builder.wide) <= lineWidth) return
  for (const clause of clauses) builder.breaks.set(clause.start, { indent: 2, keepsBlank: true })
  builder.breaks.set(close.start, { indent: 0, keepsBlank: false })
}

const layoutFeature = ({ span, attributes }: FeatureDeclaration, builder: Builder): void => {
  for (const attribute of attributes) builder.wide.add(attribute.span.start)
  if (builder.measure(span, builder.wide) <= lineWidth) return
  const equals = tokensIn(span, builder).find(({ kind, text }) => kind === 'punctuation' && text === '=')
  if (equals) builder.breaks.set(equals.start, { indent: 2, keepsBlank: false })
  const [first] = attributes
  if (first) builder.breaks.set(first.span.start, { indent: 2, keepsBlank: false })
}

const layoutModel = (model: ModelDeclaration, builder: Builder): void => {
  const inside = tokensIn(model.span, builder)
  const [, , , first] = inside
  const close = inside.at(-1)
  if (!close) return
  const blocks = [model.train, model.validate, model.health].filter((block) => block !== null)
  const statements = [model.observe, model.predict, model.rank, ...model.statements, ...model.steps, ...blocks].filter(
    (each) => each !== null,
  )
  for (const { span } of statements) builder.breaks.set(span.start, { indent: 2, keepsBlank: true })
  // `{}` stays together unless something, a comment perhaps, stands in it.
  if (first !== close || builder.measure(model.span, builder.wide) > lineWidth)
    builder.breaks.set(close.start, { indent: 0, keepsBlank: false })
  for (const block of blocks) layoutBlock(block, builder)
}

const layoutBlock = ({ span, clauses }: ClauseBlock, builder: Builder): void => {
  for (const clause of clauses.slice(1)) builder.wide.add(clause.span.start)
  if (2 + builder.measure(span, builder.wide) <= lineWidth) return
  for (const clause of clauses) builder.breaks.set(clause.span.start, { indent: 4, keepsBlank: true })
  const close = tokensIn(span, builder).at(-1)
  if (close) builder.breaks.set(close.start, { indent: 2, keepsBlank: false })
}
