import type { Declaration, Document, Identifier, Import, ImportedName } from '../ast'
import type { Fix } from '../diagnostic'
import { nearest } from '../nearest'
import { insidePath } from './readers'
import { type Report, replacements, written } from './report'

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

export const collect = (documents: ReadonlyMap<string, Document>, report: Report): ReadonlyMap<string, Declared> => {
  const namespaces = new Map<string, Declared>()
  for (const [file, document] of documents) {
    const declared = declaredIn(namespaces, namespaceOf(document))
    for (const declaration of document.declarations) {
      if (declaration.kind === 'source') declare(declared.source, file, declaration, report)
      else if (declaration.kind === 'entity') declare(declared.entity, file, declaration, report)
      else if (declaration.kind === 'feature') declare(declared.feature, file, declaration, report)
      else declare(declared.model, file, declaration, report)
    }
  }
  for (const [file, document] of documents)
    for (const statement of document.imports)
      if (statement.from) resolveImport({ file, document, statement }, documents, namespaces, report)
  return namespaces
}

export const namespaceOf = (document: Document): string => document.namespace?.text ?? ''

const importable = ['source', 'entity', 'feature'] as const

const resolveImport = (
  { file, document, statement }: { readonly file: string; readonly document: Document; readonly statement: Import },
  documents: ReadonlyMap<string, Document>,
  namespaces: ReadonlyMap<string, Declared>,
  report: Report,
): void => {
  const { from } = statement
  if (!from) return
  const path = insidePath(from.text)
  const other = path === null ? undefined : documents.get(path)
  if (path === null || !other) {
    const near = nearest(from.text, documents.keys())
    const fixes = near.map(
      (one): Fix => ({ title: `Change to \`${one}\``, edits: [{ span: from.span, text: `"${one}"` }] }),
    )
    report.add(file, 'PML1113', from.span, { from: from.text, nearest: near, reason: null }, fixes)
    return
  }
  const here = namespaces.get(namespaceOf(document))
  const there = namespaces.get(namespaceOf(other))
  if (!here || !there) return
  const declares = (kind: (typeof importable)[number], name: string) => there[kind].get(name)?.file === path
  for (const imported of statement.names) {
    const { name, alias } = imported
    const kind = importable.find((one) => declares(one, name.text))
    if (!kind) {
      const known = importable.flatMap((one) =>
        [...there[one]].flatMap(([each, place]) => (place.file === path ? [each] : [])),
      )
      const near = nearest(name.text, known)
      const words = { name: name.text, nearest: near, from: from.text }
      report.add(file, 'PML1112', name.span, words, replacements(name.span, near.map(written)))
      continue
    }
    if (there === here) {
      report.add(file, 'PML2112', name.span, { name: name.text, namespace: here.name }, [removal(imported, statement)])
      continue
    }
    const local = alias ?? name
    const taken = here[kind].get(local.text)?.file ?? here.imports.get(local.text)?.file
    if (taken !== undefined) report.add(file, 'PML1107', local.span, { kind, name: local.text, other: taken })
    else here.imports.set(local.text, { file, kind, namespace: there.name, name: name.text, imported, statement })
  }
}

/** Takes one name, or with its last name the whole statement, out of the text. */
export const removal = (imported: ImportedName, { names, span }: Import): Fix => {
  const title = 'Remove the import'
  if (names.length === 1) return { title, edits: [{ span, text: '' }] }
  const index = names.indexOf(imported)
  const end = (imported.alias ?? imported.name).span.end
  const next = names[index + 1]
  const before = names[index - 1]
  const edit = next
    ? { start: imported.name.span.start, end: next.name.span.start }
    : { start: (before?.alias ?? before?.name ?? imported.name).span.end, end }
  return { title, edits: [{ span: edit, text: '' }] }
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
  const declared = at.all.get(at.namespace)
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

const importFix = (
  name: string,
  from: string,
  { report, file }: { readonly report: Report; readonly file: string },
): Fix => {
  const start = report.importsEndAt(file)
  const text = `import ${written(name)} from "${from}"`
  return {
    title: `Import it from ${from}`,
    edits: [{ span: { start, end: start }, text: start === 0 ? `${text}\n\n` : `\n${text}` }],
  }
}
