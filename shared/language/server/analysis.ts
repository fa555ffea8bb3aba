import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { ColumnSchema, ValueType } from '../../data/profile'
import { type ColumnPlace, columnPlaces } from '../../graph/columns'
import type { KnownColumns } from '../../graph/meaning'
import { type NameTable, nameTable } from '../../graph/names'
import type { Document } from '../ast'
import type { NamespaceSymbols } from '../check/symbols'
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
  /** Types by the ids of the name tables. */
  readonly types: ReadonlyMap<string, ValueType>
  /** Columns by the name of a source. */
  readonly columns: ReadonlyMap<string, readonly ColumnSchema[]>
  readonly columnNames: KnownColumns
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
}

export function factsOf(name: string, symbols: NamespaceSymbols | null): NamespaceFacts {
  const columns = new Map(
    [...(symbols?.sources ?? [])].flatMap(([source, { columns: known }]) =>
      known ? [[source, [...known.values()]] as const] : [],
    ),
  )
  const types = lazily(() => (symbols ? typesOf(symbols) : new Map<string, ValueType>()))
  return {
    name,
    symbols,
    get types() {
      return types()
    },
    columns,
    columnNames: new Map([...columns].map(([source, each]) => [source, new Set(each.map((column) => column.name))])),
  }
}

export function analysisOf(
  file: ReadFile,
  namespace: NamespaceFacts,
  others: readonly ReadFile[],
  diagnostics: readonly Diagnostic[],
): Analysis {
  const documents = others.map(({ document }) => document)
  const names = lazily(() => nameTable(file.document, namespace.columnNames, documents))
  const places = lazily(() => columnPlaces(file.document, namespace.columnNames, documents))
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
  }
}

function typesOf({ features, models }: NamespaceSymbols): ReadonlyMap<string, ValueType> {
  const types = new Map<string, ValueType>()
  const put = (id: string, type: ValueType): void => {
    if (type !== 'unknown') types.set(id, type)
  }
  for (const [name, feature] of features) put(`feature:${name}`, feature.type)
  for (const [model, { uses, statements, values, label }] of models) {
    for (const { statement, value } of uses) put(`use:${model}/${statement.name.text}`, value.type)
    for (const { kind, name } of statements)
      put(`${kind}:${model}/${name.text}`, values.get(name.text)?.type ?? 'unknown')
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
