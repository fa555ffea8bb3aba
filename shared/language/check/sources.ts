import { vectorLengthOf } from '../../data/nativeType'
import type { ColumnSchema, TableSchema } from '../../data/profile'
import { referenceOf, shownReference } from '../../data/reference'
import type { SourcePlan } from '../../plan/plan'
import { nativeTypeOf } from '../../sql/expression'
import type { Identifier, SourceDeclaration } from '../ast'
import { nearest } from '../nearest'
import { readers } from '../operators/readers'
import type { Place } from './declared'
import { type Memory, WatchedMap } from './memory'
import { type OpenedReader, readerOf } from './readers'
import { type Report, replacements, written } from './report'
import type { RowScope, Typed } from './rowExpressions'
import type { CheckedColumn, CheckedSource } from './symbols'
import { readType, typeName, typeText, writtenLength, writtenType } from './types'
import { asVector } from './vectors'

/** A schema, or why there is none and what to do. */
export type SchemaAnswer = TableSchema | { readonly failed: string; readonly hint?: string }

export interface SourceContext {
  readonly report: Report
  readonly namespace: string
  readonly schemas: ReadonlyMap<string, SchemaAnswer>
  readonly need: (path: string) => void
  readonly memory: Memory
}

export const recallSource = (place: Place<SourceDeclaration>, context: SourceContext): CheckedSource => {
  const { schemas, memory, need } = context
  const world = { schema: (reference: string) => schemas.get(reference) }
  let isWaiting = false
  const checked = memory.recall(place.declaration, { ...context, file: place.file }, world, (watched) =>
    checkSource(place, {
      ...context,
      schemas: new WatchedMap(schemas, watched.schema),
      need: (path) => {
        isWaiting = true
        need(path)
      },
    }),
  )
  // What is needed must be said every time.
  if (isWaiting) memory.forget(place.declaration)
  return checked
}

const checkSource = (place: Place<SourceDeclaration>, context: SourceContext): CheckedSource => {
  const { file, declaration } = place
  const { report, namespace } = context
  const base = { file, namespace, declaration }
  const opened = readerOf(place, report)
  const declared = declaration.schema ? declaredColumns(declaration.schema, { report, file }) : null
  if (!opened) return { ...base, path: null, columns: declared && byName(declared), plan: null }
  const found = opened.reader.isRead ? withLengths(columnsInData(place, opened, context), declared) : declared
  if (!found) {
    if (!opened.reader.isRead && declaration.reader)
      report.add(file, 'PML1307', declaration.reader.span, {
        source: declaration.name.text,
        reader: opened.reader.name,
      })
    return { ...base, path: opened.path, columns: declared && byName(declared), plan: null }
  }
  if (opened.reader.isRead && declaration.schema) compareSchema(declaration, found, { report, file })
  if (!opened.reader.isRead && declaration.reader)
    report.add(file, 'PML1302', declaration.reader.span, {
      reader: opened.reader.name,
      readers: readers.filter(({ isRead }) => isRead).map(({ name }) => name),
    })

  const columns = byName(found)
  const known: CheckedSource = { ...base, path: opened.path, columns, plan: null }
  for (const column of declaration.row) columnOf(known, column, { report, file })
  for (const [clause, column] of [
    ['time', declaration.time],
    ['created', declaration.created],
  ] as const) {
    const named = column && columnOf(known, column, { report, file })
    if (named && named.type !== 'time' && named.type !== 'date')
      report.add(file, 'PML1306', column.span, { column: named.name, clause, type: typeName(named.type) })
  }
  const plan: SourcePlan = {
    name: declaration.name.text,
    kind: opened.reader.name,
    path: opened.path ?? '',
    options: opened.options,
    timeColumn: declaration.time?.text ?? null,
    createdColumn: declaration.created?.text ?? null,
    rowKey: declaration.row.map(({ text }) => text),
    columns: found.map(({ name, type, nativeType }) => ({ name, type, nativeType })),
  }
  return { ...known, plan }
}

const byName = (columns: readonly CheckedColumn[]): ReadonlyMap<string, CheckedColumn> =>
  new Map(columns.map((column) => [column.name, column]))

/** Parquet and JSON know lists of any length only: how long they are is then what the program says. */
const withLengths = (
  columns: readonly ColumnSchema[] | null,
  declared: readonly CheckedColumn[] | null,
): readonly CheckedColumn[] | null =>
  columns?.map((column) => ({
    ...column,
    length:
      vectorLengthOf(column.nativeType) ??
      (column.type === 'vector' ? (declared?.find(({ name }) => name === column.name)?.length ?? null) : null),
  })) ?? null

/** The columns of the file; null while they are not known, or where it cannot be read, which was told then. */
const columnsInData = (
  { file, declaration }: Place<SourceDeclaration>,
  { reader, path, pathSpan, options }: OpenedReader,
  { report, schemas, need }: SourceContext,
): readonly ColumnSchema[] | null => {
  const reference = referenceOf({ kind: reader.name, path: path ?? '', options })
  const schema = schemas.get(reference)
  if (schema === undefined) {
    need(reference)
    return null
  }
  if (!('failed' in schema)) return schema.columns
  const words = { path: shownReference(reference), reason: schema.failed, hint: schema.hint }
  report.add(file, 'PML1305', pathSpan ?? declaration.span, words)
  return null
}

const declaredColumns = (
  schema: NonNullable<SourceDeclaration['schema']>,
  at: { readonly report: Report; readonly file: string },
): readonly CheckedColumn[] =>
  schema.map(({ name, type }) => {
    const known = (type ? readType(type, at) : null) ?? 'unknown'
    const length = writtenLength(type)
    return { name: name.text, type: known, nativeType: nativeTypeOf(known), isNullable: true, length }
  })

/** A schema beside data that can be read is a promise that the data must keep. */
const compareSchema = (
  { name: source, schema }: SourceDeclaration,
  columns: readonly CheckedColumn[],
  { report, file }: { readonly report: Report; readonly file: string },
): void => {
  for (const { name, type } of schema ?? []) {
    const column = columns.find((each) => each.name === name.text)
    const declared = type ? writtenType(type.text) : null
    const length = writtenLength(type)
    const isAsLong = length === null || column?.type !== 'vector' || column.length === length
    if (column && (!declared || column.type === 'unknown' || (column.type === declared && isAsLong))) continue
    const found = column ? typeText(column.type, column.length) : null
    const words = {
      source: source.text,
      column: name.text,
      declared: declared ? typeText(declared, length) : (type?.text ?? ''),
      found,
    }
    const fix = found && type ? [{ title: `Write ${found}`, edits: [{ span: type.span, text: found }] }] : []
    report.add(file, 'PML1308', (column ? type?.span : null) ?? name.span, words, fix)
  }
}

/** The column that a name says; null, and told, where there is none; null, untold, where the schema is not known. */
export const columnOf = (
  source: CheckedSource,
  name: Identifier,
  { report, file }: { readonly report: Report; readonly file: string },
): CheckedColumn | null => {
  if (!source.columns) return null
  const column = source.columns.get(name.text)
  if (column) return column
  const near = nearest(name.text, source.columns.keys())
  report.add(
    file,
    'PML1101',
    name.span,
    { name: name.text, source: source.declaration.name.text, nearest: near },
    replacements(name.span, near.map(written)),
  )
  return null
}

export const columnExpr = (name: string, column: CheckedColumn | null): Typed => {
  const type = column?.type ?? 'unknown'
  const expr: Typed['expr'] = { op: 'column', name, type }
  // Nothing is told about a column that is not known yet.
  if (type !== 'vector') return { expr, type, isNullable: column?.isNullable ?? false }
  const length = column?.length ?? null
  // No file promises that every number of a vector is one, and without all of them it is null.
  return { expr: length === null ? expr : asVector(expr, length), type, isNullable: true, length }
}

/** Names in an expression as columns of a source. */
export const sourceScope = (
  source: CheckedSource,
  at: { readonly report: Report; readonly file: string },
): RowScope => ({
  ...at,
  resolve: (name) => columnExpr(name.text, columnOf(source, name, at)),
})
