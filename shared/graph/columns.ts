import type { Document, Expression, Identifier, ModelDeclaration } from '../language/ast'
import type { Span } from '../plan/plan'
import { type KnownColumns, meaningOf } from './meaning'
import { namesIn, stepExpression } from './names'

/** A column read somewhere in the text. */
export interface ColumnPlace {
  /** Name of the source whose column it is. */
  readonly source: string
  readonly name: string
  readonly span: Span
}

/** Every place that reads a column, in the order of the text; names of features, of this file or another, are none. */
export function columnPlaces(
  document: Document,
  columns?: KnownColumns,
  others: readonly Document[] = [],
): ColumnPlace[] {
  const meaning = meaningOf(document, columns, others)
  const places: ColumnPlace[] = []
  const add = (source: string | undefined, identifiers: readonly (Identifier | null)[]) => {
    for (const identifier of identifiers)
      if (source !== undefined && identifier) places.push({ source, name: identifier.text, span: identifier.span })
  }
  const read = (source: string | undefined, expression: Expression | null) =>
    add(source, expression ? namesIn(expression) : [])

  for (const declaration of document.declarations) {
    switch (declaration.kind) {
      case 'source':
        add(declaration.name.text, [declaration.time, declaration.created, ...declaration.row])
        break
      case 'feature': {
        const body = declaration.definition
        if (!body?.from) break
        add(
          body.from.text,
          namesIn(body.expression).filter((name) => !meaning.readsFeature(declaration, name.text)),
        )
        add(body.from.text, body.by)
        read(body.from.text, body.where)
        break
      }
      case 'model': {
        const source = declaration.observe?.source.text
        read(source, declaration.observe?.where ?? null)
        read(source, declaration.predict?.expression ?? null)
        add(source, stepColumns(declaration, columns))
        for (const clause of declaration.train?.clauses ?? [])
          if (clause.kind === 'weight') read(source, clause.expression)
        for (const statement of declaration.statements) {
          if (statement.kind !== 'use') continue
          const names = statement.expression ? namesIn(statement.expression) : [statement.name]
          add(
            source,
            names.filter((name) => !meaning.usesFeature(statement, name.text, source)),
          )
          add(source, statement.by)
        }
        break
      }
      case 'entity':
        break
    }
  }
  return places.sort((a, b) => a.span.start - b.span.start)
}

/** What tells requests and groups apart, and what steps read that is no output. */
function stepColumns({ rank, steps, statements, observe }: ModelDeclaration, columns?: KnownColumns): Identifier[] {
  const outputs = new Set(statements.flatMap(({ kind, name }) => (kind === 'output' ? [name.text] : [])))
  const known = columns?.get(observe?.source.text ?? '')
  const read = steps.flatMap((step) => {
    if (step.kind === 'group' || step.kind === 'distinct') return step.by
    const expression = stepExpression(step)
    return (expression ? namesIn(expression) : []).filter(({ text }) => !outputs.has(text) && known?.has(text))
  })
  return rank?.by ? [rank.by, ...read] : read
}
