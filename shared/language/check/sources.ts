import type { ColumnSchema, TableSchema } from '../../data/profile'
import type { SourcePlan } from '../../plan/plan'
import type { Identifier, SourceDeclaration } from '../ast'
import { nearest } from '../nearest'
import type { Place } from './declared'
import { type Report, replacements, written } from './report'
import type { RowScope, Typed } from './rowExpressions'
import type { CheckedSource } from './symbols'
import { typeName } from './types'

/** A schema, or why there is none. */
export type SchemaAnswer = TableSchema | { readonly failed: string }

export const readers = ['parquet', 'csv', 'json', 'arrow'] as const
const laterReaders = ['sqlite', 'postgres', 'http', 'https', 's3', 'hdfs', 'kafka', 'spark_table', 'notebook']

type Reader = (typeof readers)[number]
const isReader = (name: string): name is Reader => readers.some((reader) => reader === name)

export interface SourceContext {
  readonly report: Report
  readonly namespace: string
  readonly schemas: ReadonlyMap<string, SchemaAnswer>
  readonly need: (path: string) => void
}

export const checkSource = (place: Place<SourceDeclaration>, context: SourceContext): CheckedSource => {
  const { file, declaration } = place
  const { report, namespace } = context
  const base = { file, namespace, declaration }
  const path = pathOf(place, report)
  const reader = declaration.reader?.text ?? ''
  if (path === null || !isReader(reader)) return { ...base, path: null, columns: null, plan: null }
  const schema = context.schemas.get(path)
  if (schema === undefined) context.need(path)
  else if ('failed' in schema)
    report.add(file, 'PML1305', declaration.args[0]?.span ?? declaration.span, { path, reason: schema.failed })
  if (schema === undefined || 'failed' in schema) return { ...base, path, columns: null, plan: null }

  const columns = new Map(schema.columns.map((column) => [column.name, column]))
  const known: CheckedSource = { ...base, path, columns, plan: null }
  for (const column of declaration.row) columnOf(known, column, { report, file })
  for (const [clause, column] of [
    ['time', declaration.time],
    ['created', declaration.created],
  ] as const) {
    const found = column && columnOf(known, column, { report, file })
    if (found && found.type !== 'time' && found.type !== 'date')
      report.add(file, 'PML1306', column.span, { column: found.name, clause, type: typeName(found.type) })
  }
  const plan: SourcePlan = {
    name: declaration.name.text,
    kind: reader,
    path,
    timeColumn: declaration.time?.text ?? null,
    createdColumn: declaration.created?.text ?? null,
    rowKey: declaration.row.map(({ text }) => text),
    columns: schema.columns.map(({ name, type, nativeType }) => ({ name, type, nativeType })),
  }
  return { ...known, plan }
}

const pathOf = ({ file, declaration }: Place<SourceDeclaration>, report: Report): string | null => {
  const { reader, args } = declaration
  if (!reader) return null
  if (!isReader(reader.text)) {
    if (laterReaders.includes(reader.text)) report.add(file, 'PML1302', reader.span, { reader: reader.text, readers })
    else {
      const near = nearest(reader.text, readers)
      report.add(
        file,
        'PML1301',
        reader.span,
        { reader: reader.text, nearest: near, readers },
        replacements(reader.span, near),
      )
    }
    return null
  }
  const [argument] = args
  if (
    args.length !== 1 ||
    !argument ||
    argument.name ||
    argument.value.kind !== 'string' ||
    argument.value.value === ''
  ) {
    if (argument?.value.kind !== 'error')
      report.add(file, 'PML1303', argument?.span ?? reader.span, { reader: reader.text })
    return null
  }
  const path = argument.value.value.replaceAll('\\', '/').replace(/^(\.\/)+/, '')
  if (path.startsWith('/') || /^[A-Za-z][\w+.-]*:/.test(path) || path.split('/').includes('..')) {
    report.add(file, 'PML1304', argument.span, { path: argument.value.value })
    return null
  }
  return path
}

/** The column that a name says; null, and told, where there is none; null, untold, where the schema is not known. */
export const columnOf = (
  source: CheckedSource,
  name: Identifier,
  { report, file }: { readonly report: Report; readonly file: string },
): ColumnSchema | null => {
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

export const columnExpr = (name: string, column: ColumnSchema | null): Typed => ({
  expr: { op: 'column', name, type: column?.type ?? 'unknown' },
  type: column?.type ?? 'unknown',
  // Nothing is told about a column that is not known yet.
  isNullable: column?.isNullable ?? false,
})

/** Names in an expression as columns of a source. */
export const sourceScope = (
  source: CheckedSource,
  at: { readonly report: Report; readonly file: string },
): RowScope => ({
  ...at,
  resolve: (name) => columnExpr(name.text, columnOf(source, name, at)),
})
