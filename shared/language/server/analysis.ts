import type { ColumnSchema, TableSchema, ValueType } from '../../data/profile'
import type { KnownColumns } from '../../graph/meaning'
import { type NameTable, nameTable } from '../../graph/names'
import type { Document } from '../ast'
import { checkProgram, type SchemaAnswer } from '../check/check'
import type { NamespaceSymbols } from '../check/symbols'
import type { Diagnostic } from '../diagnostic'
import { parse } from '../syntax/parser'

/** Columns of a data file; rejects with the reason where there are none. */
export type SchemaProvider = (path: string) => Promise<TableSchema>

/** All that is known about one version of one file. */
export interface Analysis {
  readonly file: string
  readonly document: Document
  readonly names: NameTable
  /** Of this file alone. */
  readonly diagnostics: readonly Diagnostic[]
  /** Types by the ids of the name table. */
  readonly types: ReadonlyMap<string, ValueType>
  /** Columns by the name of a source. */
  readonly columns: ReadonlyMap<string, readonly ColumnSchema[]>
  readonly columnNames: KnownColumns
  /** The other files of the same namespace. */
  readonly others: readonly { readonly file: string; readonly document: Document }[]
  /** The files that this one imports from. */
  readonly foreign: readonly { readonly file: string; readonly document: Document }[]
  /** Paths of data files whose columns are wanted and not known. */
  readonly needs: readonly string[]
  /** What reading and checking took, without waiting for files. */
  readonly elapsedMs: number
}

export function analyse(
  file: string,
  text: string,
  known: ReadonlyMap<string, SchemaAnswer>,
  otherFiles: readonly { readonly path: string; readonly document: Document }[] = [],
): Analysis {
  const started = performance.now()
  const document = parse(text)
  const program = checkProgram([{ path: file, document }, ...otherFiles.filter(({ path }) => path !== file)], known)
  const symbols = program.namespaces.get(document.namespace?.text ?? '')
  const columns = new Map(
    [...(symbols?.sources ?? [])].flatMap(([name, source]) =>
      source.columns ? [[name, [...source.columns.values()]] as const] : [],
    ),
  )
  const columnNames = new Map([...columns].map(([name, each]) => [name, new Set(each.map((column) => column.name))]))
  const others = otherFiles
    .filter(({ path, document: other }) => path !== file && other.namespace?.text === document.namespace?.text)
    .map(({ path, document: other }) => ({ file: path, document: other }))
  const wanted = new Set(document.imports.map(({ from }) => from?.text))
  const foreign = otherFiles.flatMap(({ path, document: other }) =>
    wanted.has(path) ? [{ file: path, document: other }] : [],
  )
  return {
    file,
    document,
    names: nameTable(document, columnNames),
    diagnostics: program.diagnostics.filter((diagnostic) => diagnostic.file === file),
    types: symbols ? typesOf(symbols) : new Map(),
    columns,
    columnNames,
    others,
    foreign,
    needs: program.needs,
    elapsedMs: performance.now() - started,
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

export interface SchemaCache {
  readonly known: ReadonlyMap<string, SchemaAnswer>
  /** Grows whenever an answer changes. */
  readonly revision: () => number
  /** True where something had to be read. */
  readonly load: (paths: readonly string[]) => Promise<boolean>
  readonly forget: () => void
}

export function schemaCache(schemaOf: SchemaProvider): SchemaCache {
  const answers = new Map<string, SchemaAnswer>()
  const reading = new Map<string, Promise<void>>()
  let revision = 0
  let generation = 0

  const read = async (path: string): Promise<void> => {
    const asked = generation
    const schema = await schemaOf(path).catch((error: unknown) => ({
      failed: error instanceof Error ? error.message : String(error),
    }))
    if (asked !== generation) return
    answers.set(path, schema)
    revision++
  }
  return {
    known: answers,
    revision: () => revision,
    load: async (paths) => {
      const missing = paths.filter((path) => !answers.has(path))
      for (const path of missing) {
        if (reading.has(path)) continue
        const work: Promise<void> = read(path).finally(() => {
          if (reading.get(path) === work) reading.delete(path)
        })
        reading.set(path, work)
      }
      await Promise.all(missing.map((path) => reading.get(path)))
      return missing.length > 0
    },
    forget: () => {
      generation++
      revision++
      answers.clear()
      reading.clear()
    },
  }
}
