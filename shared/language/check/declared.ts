import type { Declaration, Document, Identifier } from '../ast'
import { nearest } from '../nearest'
import { type Report, replacements } from './report'

export interface Place<D> {
  readonly file: string
  readonly declaration: D
}

type Kind = Declaration['kind']
type Of<K extends Kind> = Extract<Declaration, { kind: K }>

/** The declarations of one namespace by kind and name; the first of two equal ones wins. */
export interface Declared {
  readonly name: string
  readonly source: Map<string, Place<Of<'source'>>>
  readonly entity: Map<string, Place<Of<'entity'>>>
  readonly feature: Map<string, Place<Of<'feature'>>>
  readonly model: Map<string, Place<Of<'model'>>>
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

export const collect = (documents: ReadonlyMap<string, Document>, report: Report): ReadonlyMap<string, Declared> => {
  const namespaces = new Map<string, Declared>()
  for (const [file, document] of documents) {
    const name = document.namespace?.text ?? ''
    const declared = namespaces.get(name) ?? {
      name,
      source: new Map(),
      entity: new Map(),
      feature: new Map(),
      model: new Map(),
    }
    namespaces.set(name, declared)
    for (const declaration of document.declarations) {
      if (declaration.kind === 'source') declare(declared.source, file, declaration, report)
      else if (declaration.kind === 'entity') declare(declared.entity, file, declaration, report)
      else if (declaration.kind === 'feature') declare(declared.feature, file, declaration, report)
      else declare(declared.model, file, declaration, report)
    }
  }
  return namespaces
}

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
  const known = at.all.get(at.namespace)?.[kind].keys() ?? []
  const near = nearest(name.text, known)
  const elsewhere = [...at.all.values()].find((other) => other.name !== at.namespace && other[kind].has(name.text))
  at.report.add(
    at.file,
    codes[kind],
    name.span,
    { name: name.text, nearest: near, elsewhere: elsewhere && elsewhere.name !== '' ? elsewhere.name : null },
    replacements(name.span, near),
  )
}
