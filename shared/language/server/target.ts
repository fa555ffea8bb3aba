import type { ColumnPlace } from '../../graph/columns'
import { foreignAt, type Named, nameAt } from '../../graph/names'
import type { Span } from '../../plan/plan'
import type { Analysis } from './analysis'
import { contains } from './text'
import type { Snapshot } from './workspace'

/** What stands at an offset: a name with the file that declares it, or a column of a source. */
export type Target =
  | { readonly kind: 'name'; readonly span: Span; readonly home: Analysis; readonly named: Named }
  | { readonly kind: 'column'; readonly span: Span; readonly source: string; readonly column: string }

/** One place in one file. */
export interface Place {
  readonly analysis: Analysis
  readonly span: Span
}

export function targetAt(snapshot: Snapshot, analysis: Analysis, offset: number): Target | null {
  const own = nameAt(analysis.names, offset)
  if (own) return { kind: 'name', span: own.place.span, home: analysis, named: own.named }
  const foreign = foreignAt(analysis.names, offset)
  if (foreign) {
    const found = declared(snapshot, analysis, foreign.named.id)
    return found && { kind: 'name', span: foreign.place.span, ...found }
  }
  const column = columnAt(analysis, offset)
  return column ? { kind: 'column', span: column.span, source: column.source, column: column.name } : null
}

export const columnAt = (analysis: Analysis, offset: number): ColumnPlace | null =>
  analysis.columnPlaces.find(({ span }) => contains(span, offset)) ?? null

/** The name that an id means as one file sees it: its own, or that of a file of its namespace. */
export function declared(
  snapshot: Snapshot,
  analysis: Analysis,
  id: string,
): { readonly home: Analysis; readonly named: Named } | null {
  for (const home of [analysis, ...analysis.others.map(({ file }) => snapshot.analysis(file))]) {
    const named = home?.names.byId.get(id)
    if (home && named) return { home, named }
  }
  return null
}

/** Every place of the workspace that means a target, its own file’s first. */
export function placesOf(snapshot: Snapshot, analysis: Analysis, target: Target): Place[] {
  const family = familyOf(snapshot, analysis)
  if (target.kind === 'column')
    return family.flatMap((each) =>
      each.columnPlaces
        .filter(({ source, name }) => source === target.source && name === target.column)
        .map(({ span }) => ({ analysis: each, span })),
    )
  const { home, named } = target
  const own = named.places.map(({ span }) => ({ analysis: home, span }))
  // Names of a model are seen by that model alone.
  if (named.model !== null) return own
  return [
    ...own,
    ...family
      .filter((each) => each.file !== home.file)
      .flatMap((each) =>
        (each.names.foreign.get(named.id)?.places ?? []).map(({ span }) => ({ analysis: each, span })),
      ),
  ]
}

/** The files of one namespace, one of them first. */
export const familyOf = (snapshot: Snapshot, analysis: Analysis): Analysis[] => [
  analysis,
  ...analysis.others.flatMap(({ file }) => snapshot.analysis(file) ?? []),
]
