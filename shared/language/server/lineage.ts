import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  SymbolKind,
} from 'vscode-languageserver-types'
import type { Named, NameKind } from '../../graph/names'
import type { Span } from '../../plan/plan'
import type { Analysis } from './analysis'
import { declared, familyOf, type Home, placesOf, targetAt } from './target'
import { contains, rangeOf } from './text'
import type { Snapshot } from './workspace'

/*
 * Lineage in the words of a call hierarchy: what a statement reads it calls, and what reads it calls it. Outgoing leads from an output
 * over lets, uses and features to the sources; incoming the other way.
 */

const kinds: Readonly<Record<NameKind, SymbolKind>> = {
  source: SymbolKind.File,
  entity: SymbolKind.Class,
  feature: SymbolKind.Field,
  model: SymbolKind.Module,
  use: SymbolKind.Variable,
  label: SymbolKind.Variable,
  let: SymbolKind.Function,
  output: SymbolKind.Event,
}

const itemOf = ({ home, named }: Home): CallHierarchyItem => ({
  name: named.name,
  kind: kinds[named.kind],
  detail: [named.kind, named.model, home.file].filter(Boolean).join(' · '),
  uri: home.uri,
  range: rangeOf(home.text, named.span),
  selectionRange: rangeOf(home.text, named.nameSpan),
  data: named.id,
})

export function lineageAt(snapshot: Snapshot, analysis: Analysis, offset: number): CallHierarchyItem[] {
  const target = targetAt(snapshot, analysis, offset)
  if (!target) return []
  const found = target.kind === 'name' ? target : declared(snapshot, analysis, `source:${target.source}`)
  return found ? [itemOf(found)] : []
}

export const nodeOf = (analysis: Analysis, item: CallHierarchyItem): Home | null => {
  const named = typeof item.data === 'string' ? analysis.names.byId.get(item.data) : undefined
  return named ? { home: analysis, named } : null
}

/** What a statement reads, nearest the sources. */
export function readBy(snapshot: Snapshot, { home, named }: Home): CallHierarchyOutgoingCall[] {
  const found = new Map<string, { readonly node: Home; readonly spans: Span[] }>()
  const add = (id: string, span: Span): void => {
    const known = found.get(id)
    if (known) known.spans.push(span)
    else {
      const node = declared(snapshot, home, id)
      if (node) found.set(id, { node, spans: [span] })
    }
  }
  for (const other of [...home.names.names, ...home.names.foreign.values()]) {
    if (other.id === named.id) continue
    for (const { span, role } of other.places)
      if (role !== 'declaration' && isWithin(span, named.span)) add(other.id, span)
  }
  // A column is read from its source.
  for (const { source, span } of home.columnPlaces) {
    const id = `source:${source}`
    if (id !== named.id && isWithin(span, named.span)) add(id, span)
  }
  return [...found.values()].map(({ node, spans }) => ({
    to: itemOf(node),
    fromRanges: spans.map((span) => rangeOf(home.text, span)),
  }))
}

/** The statements that read a name, in every file of the namespace. */
export function readersOf(snapshot: Snapshot, { home, named }: Home): CallHierarchyIncomingCall[] {
  const target = { kind: 'name', span: named.nameSpan, home, named, alias: null } as const
  const places = placesOf(snapshot, home, target)
  const columns =
    named.kind === 'source'
      ? familyOf(snapshot, home).flatMap((analysis) =>
          analysis.columnPlaces.filter(({ source }) => source === named.name).map(({ span }) => ({ analysis, span })),
        )
      : []
  const found = new Map<string, { readonly node: Home; readonly spans: Span[] }>()
  const ordered = new Map<Analysis, Named[]>()
  for (const { analysis, span } of [...places, ...columns]) {
    const statements = ordered.get(analysis) ?? inOrder(analysis)
    ordered.set(analysis, statements)
    const reader = statementAt(statements, span)
    if (!reader || (reader.id === named.id && analysis === home)) continue
    const key = `${analysis.file} ${reader.id}`
    const known = found.get(key)
    if (known) known.spans.push(span)
    else found.set(key, { node: { home: analysis, named: reader }, spans: [span] })
  }
  return [...found.values()].map(({ node, spans }) => ({
    from: itemOf(node),
    fromRanges: spans.map((span) => rangeOf(node.home.text, span)),
  }))
}

const isWithin = (inner: Span, outer: Span): boolean => contains(outer, inner.start) && contains(outer, inner.end)

/** The smallest statement around a place: the last to begin before it that does not end before it. */
function statementAt(statements: readonly Named[], place: Span): Named | null {
  let low = 0
  let high = statements.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((statements[middle]?.span.start ?? 0) <= place.start) low = middle + 1
    else high = middle
  }
  for (let index = low - 1; index >= 0; index--) {
    const statement = statements[index]
    if (statement && isWithin(place, statement.span)) return statement
    // Nothing of the file lies around a declaration.
    if (statement && statement.model === null) return null
  }
  return null
}

const inOrder = ({ names }: Analysis): Named[] =>
  names.names.toSorted((a, b) => a.span.start - b.span.start || b.span.end - a.span.end)
