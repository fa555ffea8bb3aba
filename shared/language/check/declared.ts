import type { Declaration, Document, Identifier, Import, ImportedName } from '../ast'
import { nearest } from '../nearest'
import { importFix } from './importEdits'
import { type Report, replacements } from './report'

export interface Place<D> {
  readonly file: string
  readonly declaration: D
}

type Kind = Declaration['kind']
type Of<K extends Kind> = Extract<Declaration, { kind: K }>

/** A declaration of another namespace, under the name that it has here. */
export interface ImportedPlace {
  /** The file that imports it. */
  readonly file: string
  readonly kind: 'source' | 'entity' | 'feature'
  readonly namespace: string
  /** Its name there. */
  readonly name: string
  readonly imported: ImportedName
  readonly statement: Import
}

/** The declarations of one namespace by kind and name; the first of two equal ones wins. */
export interface Declared {
  readonly name: string
  readonly source: Map<string, Place<Of<'source'>>>
  readonly entity: Map<string, Place<Of<'entity'>>>
  readonly feature: Map<string, Place<Of<'feature'>>>
  readonly model: Map<string, Place<Of<'model'>>>
  /** By the name here. An import serves all files of the namespace. */
  readonly imports: Map<string, ImportedPlace>
  /** Names of which nothing is known yet, since the feature set that they come from is on its way. */
  readonly pending: Set<string>
}

/** An empty namespace, or what is declared in it so far. */
const declaredIn = (namespaces: Map<string, Declared>, name: string): Declared => {
  const found = namespaces.get(name) ?? {
    name,
    source: new Map(),
    entity: new Map(),
    feature: new Map(),
    model: new Map(),
    imports: new Map(),
    pending: new Set(),
  }
  namespaces.set(name, found)
  return found
}

const declare = <D extends Declaration>(
  map: Map<string, Place<D>>,
  file: string,
  declaration: D,
  report: Report,
): void => {
  const name = declaration.name.text
  const first = map.get(name)
  if (!first) map.set(name, { file, declaration })
  else report.add(file, 'PML1107', declaration.name.span, { kind: declaration.kind, name, other: first.file })
}

/** `setOf`: the feature set that a file belongs to, which is its namespace then; its models are not brought along. */
export const collect = (
  documents: ReadonlyMap<string, Document>,
  setOf: ReadonlyMap<string, string>,
  report: Report,
): Map<string, Declared> => {
  const namespaces = new Map<string, Declared>()
  for (const [file, document] of documents) {
    const set = setOf.get(file)
    const declared = declaredIn(namespaces, set ?? namespaceOf(document))
    for (const declaration of document.declarations) {
      if (declaration.kind === 'source') declare(declared.source, file, declaration, report)
      else if (declaration.kind === 'entity') declare(declared.entity, file, declaration, report)
      else if (declaration.kind === 'feature') declare(declared.feature, file, declaration, report)
      else if (set === undefined) declare(declared.model, file, declaration, report)
    }
  }
  return namespaces
}

export const namespaceOf = (document: Document): string => document.namespace?.text ?? ''

const codes = { source: 'PML1103', entity: 'PML1104', feature: 'PML1102' } as const

/** Tells that a name is declared nowhere, with the nearest that are, or the namespace that does declare it. */
export const tellUnknown = (
  kind: keyof typeof codes,
  name: Identifier,
  at: {
    readonly report: Report
    readonly file: string
    readonly namespace: string
    readonly all: ReadonlyMap<string, Declared>
  },
): void => {
  const declared = at.all.get(at.namespace)
  if (declared?.pending.has(name.text)) {
    at.report.passOver()
    return
  }
  const imported = [...(declared?.imports ?? [])].flatMap(([local, place]) => (place.kind === kind ? [local] : []))
  const near = nearest(name.text, [...(declared?.[kind].keys() ?? []), ...imported])
  const elsewhere = [...at.all.values()].find((other) => other.name !== at.namespace && other[kind].has(name.text))
  const from = elsewhere?.[kind].get(name.text)?.file
  const fixes = from === undefined ? [] : [importFix(name.text, from, at)]
  at.report.add(
    at.file,
    codes[kind],
    name.span,
    { name: name.text, nearest: near, elsewhere: elsewhere && elsewhere.name !== '' ? elsewhere.name : null },
    [...fixes, ...replacements(name.span, near)],
  )
}
