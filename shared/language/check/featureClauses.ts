import type { ValueType } from '../../data/profile'
import type { FeatureBody, FeatureDeclaration, Identifier } from '../ast'
import type { Fix } from '../diagnostic'
import { removal, withWordBefore } from '../diagnostics/fixes'
import { type Report, written } from './report'
import { checkRow, type RowScope, type Typed } from './rowExpressions'
import type { CheckedEntity } from './symbols'
import { typeName } from './types'

/** Clauses that a form of feature does not take. */
export const misplaced = (body: FeatureBody, clauses: readonly ('by' | 'where' | 'over' | 'lag')[]) => {
  const found: Misplaced[] = []
  const [firstKey] = body.by
  const lastKey = body.by.at(-1)
  if (clauses.includes('by') && firstKey && lastKey)
    found.push({ name: 'by', span: firstKey.span, end: lastKey.span.end })
  if (clauses.includes('where') && body.where)
    found.push({ name: 'where', span: body.where.span, end: body.where.span.end })
  if (clauses.includes('over') && body.window)
    found.push({ name: 'over', span: body.window.span, end: body.window.span.end })
  if (clauses.includes('lag') && body.lag) found.push({ name: 'lag', span: body.lag.span, end: body.lag.span.end })
  return found
}

interface Misplaced {
  readonly name: string
  readonly span: { readonly start: number; readonly end: number }
  /** End of the whole clause. */
  readonly end: number
}

export const tellMisplaced = (
  { name, span, end }: Misplaced,
  form: string,
  { report, file }: { readonly report: Report; readonly file: string },
): void => {
  const text = report.textOf(file)
  const whole = withWordBefore(text, name, { start: span.start, end })
  report.add(file, 'PML1407', span, { clause: name, form }, [removal(`Remove \`${name}\``, text, whole)])
}

export const checkCondition = (expression: FeatureBody['expression'], clause: string, scope: RowScope): Typed => {
  const condition = checkRow(expression, scope)
  if (condition.type !== 'bool' && condition.type !== 'unknown')
    scope.report.add(scope.file, 'PML1212', expression.span, { clause, found: typeName(condition.type) })
  return condition
}

/** Columns that stand for an entity's keys: as many, and of the same types. */
export const checkKeys = (
  entity: CheckedEntity,
  columns: readonly { readonly name: Identifier; readonly column: { readonly type: ValueType } | null }[],
  {
    report,
    file,
    span,
    fixes = [],
  }: { report: Report; file: string; span: { start: number; end: number }; fixes?: readonly Fix[] },
): void => {
  const entityName = entity.declaration.name.text
  const keys = entity.keys.map(({ name }) => name)
  if (columns.length !== keys.length) {
    report.add(
      file,
      'PML1405',
      columns[0]?.name.span ?? span,
      { entity: entityName, keys, found: columns.length },
      fixes,
    )
    return
  }
  for (const [index, { name, column }] of columns.entries()) {
    const key = entity.keys[index]
    if (!key || !column || key.type === 'unknown' || column.type === 'unknown' || key.type === column.type) continue
    report.add(file, 'PML1406', name.span, {
      column: name.text,
      columnType: typeName(column.type),
      key: key.name,
      keyType: typeName(key.type),
      entity: entityName,
    })
  }
}

/** “It describes …”: the entities with as many keys as the feature has columns. */
export const entitiesThatFit = (
  keys: number,
  { name, type }: FeatureDeclaration,
  entities: Iterable<CheckedEntity>,
): Fix[] => {
  const end = (type ?? name).span.end
  return [...entities]
    .filter((entity) => entity.keys.length === keys)
    .slice(0, 3)
    .map(({ declaration }) => ({
      title: `It describes \`${declaration.name.text}\``,
      edits: [{ span: { start: end, end }, text: ` of ${written(declaration.name.text)}` }],
    }))
}
