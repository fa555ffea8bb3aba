import { SemanticTokensBuilder } from 'vscode-languageserver'
import type { NameKind } from '../../graph/names'
import type { Span } from '../../plan/plan'
import type { Analysis } from './analysis'

export const tokenTypes = ['namespace', 'class', 'property', 'variable', 'parameter']
export const tokenModifiers = ['declaration']

const typeOf: Readonly<Record<NameKind, number>> = {
  source: 0,
  model: 0,
  entity: 1,
  feature: 2,
  use: 3,
  label: 3,
  let: 3,
  output: 3,
}
const columnType = 4

/** What each name is, which its spelling alone does not tell. */
export function semanticTokens({ names, columnPlaces, text }: Analysis): { data: number[] } {
  const marks: { span: Span; type: number; modifiers: number }[] = columnPlaces.map(({ span }) => ({
    span,
    type: columnType,
    modifiers: 0,
  }))
  for (const named of [...names.names, ...names.foreign.values()])
    for (const place of named.places)
      marks.push({ span: place.span, type: typeOf[named.kind], modifiers: place.role === 'declaration' ? 1 : 0 })
  const builder = new SemanticTokensBuilder()
  let end = -1
  for (const { span, type, modifiers } of marks.sort((a, b) => a.span.start - b.span.start)) {
    // A bare use is a name and a column in one place; the first mark says it.
    if (span.start < end) continue
    const { line, character } = text.positionAt(span.start)
    builder.push(line, character, span.end - span.start, type, modifiers)
    end = span.end
  }
  return { data: builder.build().data }
}
