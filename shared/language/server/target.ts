import type { ColumnPlace } from '../../graph/columns'
import { foreignAt, type Named, nameAt } from '../../graph/names'
import type { Span } from '../../plan/plan'
import { insidePath } from '../check/readers'
import type { Analysis, Declared } from './analysis'
import { contains } from './text'
import type { Snapshot } from './workspace'

/** A name where it is declared. */
export interface Home {
  readonly home: Analysis
  readonly named: Named
}

/** What stands at an offset: a name with the file that declares it, or a column of a source. */
export type Target =
  | (Home & {
      readonly kind: 'name'
      readonly span: Span
      /** Its id in the file asked about, where an import gave it another name there. */
      readonly alias: string | null
    })
  | { readonly kind: 'column'; readonly span: Span; readonly source: string; readonly column: string }

/** One place in one file. */
export interface Place {
  readonly analysis: Analysis
  readonly span: Span
}

export function targetAt(snapshot: Snapshot, analysis: Analysis, offset: number): Target | null {
  const own = nameAt(analysis.names, offset)
  if (own) return { kind: 'name', span: own.place.span, home: analysis, named: own.named, alias: null }
  const foreign = foreignAt(analysis.names, offset)
  if (foreign) {
    const { id, name } = foreign.named
    const found = declared(snapshot, analysis, id)
    const alias = found && found.named.name !== name ? id : null
    return found && { kind: 'name', span: foreign.place.span, alias, ...found }
  }
  const renamed = renamedImports(analysis).find(({ span }) => contains(span, offset))
  const found = renamed && homeOf(snapshot, renamed.declared)
  if (renamed && found) return { kind: 'name', span: renamed.span, alias: null, ...found }
  const column = columnAt(analysis, offset)
  return column ? { kind: 'column', span: column.span, source: column.source, column: column.name } : null
}

export const columnAt = (analysis: Analysis, offset: number): ColumnPlace | null =>
  analysis.columnPlaces.find(({ span }) => contains(span, offset)) ?? null

/** The name that an id means as one file sees it: its own, that of a file of its namespace, or what one of them imports. */
export function declared(snapshot: Snapshot, analysis: Analysis, id: string): Home | null {
  for (const home of familyOf(snapshot, analysis)) {
    const named = home.names.byId.get(id)
    if (named) return { home, named }
  }
  const imported = analysis.namespace.imports.get(id)
  return imported ? homeOf(snapshot, imported) : null
}

const homeOf = (snapshot: Snapshot, { file, id }: Declared): Home | null => {
  const home = snapshot.analysis(file)
  const named = home?.names.byId.get(id)
  return home && named ? { home, named } : null
}

/** The names before `as`: they stand for what another file declares and are no names here. */
function renamedImports({ document, namespace }: Analysis): { readonly span: Span; readonly declared: Declared }[] {
  return document.imports.flatMap(({ names, from }) =>
    names.flatMap(({ name, alias }) => {
      if (!alias || !from) return []
      const declared = ['source', 'entity', 'feature']
        .map((kind) => namespace.imports.get(`${kind}:${alias.text}`))
        .find((each) => each?.file === insidePath(from.text) && each.id.endsWith(`:${name.text}`))
      return declared ? [{ span: name.span, declared }] : []
    }),
  )
}

/** Every place of the workspace that means a target, its own file’s first. */
export function placesOf(snapshot: Snapshot, analysis: Analysis, target: Target): Place[] {
  if (target.kind === 'column')
    return familyOf(snapshot, analysis).flatMap((each) =>
      each.columnPlaces
        .filter(({ source, name }) => source === target.source && name === target.column)
        .map(({ span }) => ({ analysis: each, span })),
    )
  const { home, named } = target
  const own = named.places.map(({ span }) => ({ analysis: home, span }))
  // Names of a model are seen by that model alone.
  if (named.model !== null) return own
  const elsewhere = meanings(snapshot, target).flatMap(({ analysis: each, id }) =>
    (each.names.foreign.get(id)?.places ?? []).map(({ span }) => ({ analysis: each, span })),
  )
  return [...own, ...elsewhere, ...importPlaces(snapshot, target)]
}

/** The other files that see a name, with the id that it has there. */
export function meanings(
  snapshot: Snapshot,
  { home, named }: Home,
): { readonly analysis: Analysis; readonly id: string }[] {
  const family = familyOf(snapshot, home).filter((each) => each !== home)
  const importing = [...snapshot.namespaces().values()].flatMap((facts) =>
    [...facts.imports].flatMap(([id, declared]) =>
      declared.file === home.file && declared.id === named.id
        ? snapshot
            .analyses()
            .filter(({ namespace }) => namespace === facts)
            .map((analysis) => ({ analysis, id }))
        : [],
    ),
  )
  return [...family.map((analysis) => ({ analysis, id: named.id })), ...importing]
}

/** Where imports say the name before `as`. */
export const importPlaces = (snapshot: Snapshot, { home, named }: Home): Place[] =>
  snapshot
    .analyses()
    .filter(({ document }) => document.imports.length > 0)
    .flatMap((analysis) =>
      renamedImports(analysis)
        .filter(({ declared }) => declared.file === home.file && declared.id === named.id)
        .map(({ span }) => ({ analysis, span })),
    )

/** The files of one namespace, one of them first. */
export const familyOf = (snapshot: Snapshot, analysis: Analysis): Analysis[] => [
  analysis,
  ...analysis.others.flatMap(({ file }) => snapshot.analysis(file) ?? []),
]
