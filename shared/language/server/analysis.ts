import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { ColumnSchema, ValueType } from '../../data/profile'
import { type ColumnPlace, columnPlaces } from '../../graph/columns'
import type { KnownColumns } from '../../graph/meaning'
import { declarationId, type NameTable, nameTable } from '../../graph/names'
import type { Declaration, Document } from '../ast'
import { namespaceOf } from '../check/declared'
import type { CheckedEntity, CheckedFeature, CheckedSource, NamespaceSymbols } from '../check/symbols'
import { typeText } from '../check/types'
import type { Diagnostic } from '../diagnostic'

/** One `.proml` file of the workspace as it is now: in an editor, or on disk. */
export interface ReadFile {
  /** Workspace-relative. */
  readonly file: string
  readonly uri: string
  readonly text: TextDocument
  readonly document: Document
  readonly isOpen: boolean
}

/** What the files of one namespace share. */
export interface NamespaceFacts {
  readonly name: string
  readonly symbols: NamespaceSymbols | null
  /** Types as programs write them (`vector[8]`), by the ids of the name tables. */
  readonly types: ReadonlyMap<string, string>
  /** Columns by the name of a source. */
  readonly columns: ReadonlyMap<string, readonly ColumnSchema[]>
  readonly columnNames: KnownColumns
  /** What other namespaces declare and these files import: by the id that it has here, where it is declared. */
  readonly imports: ReadonlyMap<string, Declared>
  /** The same as declarations of the names that it has here. */
  readonly importedDeclarations: readonly Declaration[]
}

/** A name of a file, by its id there. */
export interface Declared {
  readonly file: string
  readonly id: string
}

/** All that is known about one version of one file. What takes time is computed when it is first asked for. */
export interface Analysis extends ReadFile {
  readonly namespace: NamespaceFacts
  readonly names: NameTable
  /** Every column read, in the order of the text. */
  readonly columnPlaces: readonly ColumnPlace[]
  /** Of this file alone. */
  readonly diagnostics: readonly Diagnostic[]
  /** The other files of the same namespace. */
  readonly others: readonly ReadFile[]
  /** Whose declarations this file sees: the other files’, and those that any of them imports. */
  readonly seen: readonly Document[]
  /** The files of other namespaces. */
  readonly elsewhere: () => readonly ReadFile[]
}

export function factsOf(name: string, symbols: NamespaceSymbols | null): NamespaceFacts {
  const columns = new Map(
    [...(symbols?.imported.sources ?? []), ...(symbols?.sources ?? [])].flatMap(([source, { columns: known }]) =>
      known ? [[source, [...known.values()]] as const] : [],
    ),
  )
  const imported = Object.values(symbols?.imported ?? {}).flatMap((each: ReadonlyMap<string, ImportedSymbol>) => [
    ...each,
  ])
  const types = lazily(() => (symbols ? typesOf(symbols) : new Map<string, string>()))
  return {
    name,
    symbols,
    get types() {
      return types()
    },
    columns,
    columnNames: new Map([...columns].map(([source, each]) => [source, new Set(each.map((column) => column.name))])),
    imports: new Map(
      imported.map(([local, { file, declaration }]) => [
        `${declaration.kind}:${local}`,
        { file, id: declarationId(declaration) },
      ]),
    ),
    importedDeclarations: imported.map(([local, { declaration }]) => ({
      ...declaration,
      name: { ...declaration.name, text: local },
    })),
  }
}

export function analysisOf(
  file: ReadFile,
  namespace: NamespaceFacts,
  files: readonly ReadFile[],
  diagnostics: readonly Diagnostic[],
): Analysis {
  const isOfNamespace = ({ document }: ReadFile): boolean => namespaceOf(document) === namespace.name
  const others = files.filter((other) => other !== file && isOfNamespace(other))
  const seen = [...others.map(({ document }) => document), { ...nothing, declarations: namespace.importedDeclarations }]
  const names = lazily(() => nameTable(file.document, namespace.columnNames, seen))
  const places = lazily(() => columnPlaces(file.document, namespace.columnNames, seen))
  return {
    ...file,
    namespace,
    get names() {
      return names()
    },
    get columnPlaces() {
      return places()
    },
    diagnostics,
    others,
    seen,
    elsewhere: () => files.filter((other) => !isOfNamespace(other)),
  }
}

type ImportedSymbol = CheckedSource | CheckedEntity | CheckedFeature

const nothing: Document = {
  text: '',
  namespace: null,
  like: null,
  imports: [],
  declarations: [],
  comments: [],
  errors: [],
}

function typesOf({ features, models, imported }: NamespaceSymbols): ReadonlyMap<string, string> {
  const types = new Map<string, string>()
  const put = (id: string, type: ValueType, length?: number | null): void => {
    if (type !== 'unknown') types.set(id, typeText(type, length))
  }
  for (const [name, feature] of [...imported.features, ...features])
    put(`feature:${name}`, feature.type, feature.length)
  for (const [model, { uses, statements, values, label }] of models) {
    for (const { statement, value } of uses) put(`use:${model}/${statement.name.text}`, value.type, value.width)
    for (const { kind, name } of statements) {
      const { type = 'unknown', width = null } = values.get(name.text) ?? {}
      put(`${kind}:${model}/${name.text}`, type, width)
    }
    if (label) put(`label:${model}/${label.name}`, label.type)
  }
  return types
}

/** Computed when it is first asked for, and kept. */
export function lazily<T>(compute: () => T): () => T {
  let kept: { readonly value: T } | null = null
  return () => {
    kept ??= { value: compute() }
    return kept.value
  }
}
