import type { ValueType } from '../../data/profile'
import type { Expr, FeatureDefinition, FeaturePlan, FrameWindow } from '../../plan/plan'
import type { FeatureBody, FeatureDeclaration, Identifier } from '../ast'
import type { Fix } from '../diagnostic'
import { nearest } from '../nearest'
import { checkAttributes } from './attributes'
import { applicationOf } from './bindings'
import { type Declared, type Place, tellUnknown } from './declared'
import { dependencyOrder, namesOf } from './order'
import { type Report, replacements } from './report'
import { apply, checkRow, isAggregate, type RowScope, type Typed, tellBareNull, unknown } from './rowExpressions'
import { columnOf, sourceScope } from './sources'
import type { CheckedEntity, CheckedFeature, CheckedSource } from './symbols'
import { commonType, typeName, writableTypes, writtenType } from './types'

export interface FeatureContext {
  readonly report: Report
  readonly namespace: string
  readonly declared: Declared
  readonly all: ReadonlyMap<string, Declared>
  readonly sources: ReadonlyMap<string, CheckedSource>
  readonly entities: ReadonlyMap<string, CheckedEntity>
}

/** What a feature's expression says, before its written type and its attributes. */
interface Body extends Pick<CheckedFeature, 'form' | 'source' | 'reads'> {
  readonly value: Typed
  readonly definition: FeatureDefinition | null
}

/** Every feature of a namespace, each checked after those it reads. */
export const checkFeatures = (context: FeatureContext): ReadonlyMap<string, CheckedFeature> => {
  const { declared, report } = context
  const needs = (name: string): readonly string[] => {
    const body = declared.feature.get(name)?.declaration.definition
    if (!body || body.from) return []
    return namesOf(body.expression).filter((other) => declared.feature.has(other))
  }
  const { order, cycles } = dependencyOrder(declared.feature.keys(), needs)
  for (const cycle of cycles) {
    const place = declared.feature.get(cycle[0] ?? '')
    if (place) report.add(place.file, 'PML1110', place.declaration.name.span, { cycle })
  }
  const checked = new Map<string, CheckedFeature>()
  for (const name of order) {
    const place = declared.feature.get(name)
    if (place) checked.set(name, checkFeature(place, checked, context))
  }
  for (const [name, place] of declared.feature) if (!checked.has(name)) checked.set(name, unresolved(place, context))
  return checked
}

const unresolved = (
  { file, declaration }: Place<FeatureDeclaration>,
  { namespace }: FeatureContext,
): CheckedFeature => ({
  file,
  namespace,
  declaration,
  form: null,
  type: declaration.type ? (writtenType(declaration.type.text) ?? 'unknown') : 'unknown',
  isNullable: true,
  entity: null,
  source: null,
  reads: [],
  inline: null,
  plan: null,
})

const checkFeature = (
  place: Place<FeatureDeclaration>,
  before: ReadonlyMap<string, CheckedFeature>,
  context: FeatureContext,
): CheckedFeature => {
  const { file, declaration } = place
  const { report, namespace } = context
  const entity = entityOf(place, context)
  const body = declaration.definition && checkBody(place, declaration.definition, entity, before, context)
  if (body && declaration.definition) tellBareNull(body.value, declaration.definition.expression.span, { report, file })
  const inferred = body?.value.type ?? 'unknown'
  const type = typeOf(declaration, inferred, { report, file })
  const attributes = checkAttributes(declaration, type, { report, file })
  const isNullable = attributes.default === null && (body?.value.isNullable ?? true)
  const entityKeys = entity?.keys.map((key) => key.name) ?? []
  const isPlannable = body?.definition && type !== 'unknown' && !report.hasErrorIn(file, declaration.span)
  const plan: FeaturePlan | null = isPlannable
    ? {
        name: declaration.name.text,
        entity: entity?.declaration.name.text ?? null,
        entityKeys,
        type,
        definition: body.definition,
        default: attributes.default,
        documentation: declaration.documentation,
        unit: attributes.unit,
        owner: attributes.owner,
        tags: attributes.tags,
        status: attributes.status,
        file,
        span: declaration.span,
      }
    : null
  const inline = body?.form === 'row' ? withDefault(body.value, type, attributes.default) : null
  return {
    file,
    namespace,
    declaration,
    form: body?.form ?? null,
    type,
    isNullable,
    entity,
    source: body?.source ?? null,
    reads: body?.reads ?? [],
    inline,
    plan,
  }
}

const withDefault = (value: Typed, type: ValueType, fallback: Expr | null): Typed =>
  fallback === null
    ? { ...value, type }
    : { expr: { op: 'call', fn: 'coalesce', args: [value.expr, fallback], type }, type, isNullable: false }

const entityOf = ({ file, declaration }: Place<FeatureDeclaration>, context: FeatureContext): CheckedEntity | null => {
  if (!declaration.entity) return null
  const entity = context.entities.get(declaration.entity.text)
  if (!entity) tellUnknown('entity', declaration.entity, { ...context, file })
  return entity ?? null
}

const typeOf = (
  { name, type }: FeatureDeclaration,
  inferred: ValueType,
  { report, file }: { readonly report: Report; readonly file: string },
): ValueType => {
  if (!type) return inferred
  const declared = writtenType(type.text)
  if (declared === null) {
    const near = nearest(type.text, writableTypes)
    report.add(file, 'PML1204', type.span, { name: type.text, nearest: near }, replacements(type.span, near))
    return inferred
  }
  if (inferred === 'unknown' || commonType(declared, inferred) === declared) return declared
  const fix: Fix = { title: `Declare it ${inferred}`, edits: [{ span: type.span, text: inferred }] }
  report.add(file, 'PML1203', type.span, { name: name.text, declared, inferred }, [fix])
  return declared
}

const checkBody = (
  place: Place<FeatureDeclaration>,
  body: FeatureBody,
  entity: CheckedEntity | null,
  before: ReadonlyMap<string, CheckedFeature>,
  context: FeatureContext,
): Body => {
  const { file, declaration } = place
  const { report } = context
  const callee = body.expression.kind === 'call' ? body.expression.callee.text : null
  const aggregate = callee !== null && isAggregate(callee) ? callee : null
  if (!body.from) {
    if (aggregate !== null) {
      report.add(file, 'PML1414', body.expression.span, { aggregate })
      return nothing
    }
    return checkDerived(place, body, entity, before, context)
  }
  const source = context.sources.get(body.from.text)
  if (!source) {
    tellUnknown('source', body.from, { ...context, file })
    return nothing
  }
  const scope = sourceScope(source, { report, file })
  if (aggregate !== null) return checkAggregate(place, body, { aggregate, entity, source, scope, context })

  const value = checkRow(body.expression, scope)
  const failed = { ...nothing, value, source, form: 'row' as const }
  // A larger expression with an aggregate in it was told already; what its clauses mean is then not known.
  if (report.hasErrorIn(file, body.expression.span)) return failed
  if (body.by.length > 0 || body.window) {
    const fix = wrap('latest', body.expression.span)
    report.add(file, 'PML1409', body.expression.span, { feature: declaration.name.text }, fix)
    return failed
  }
  for (const clause of misplaced(body, ['where', 'lag']))
    report.add(file, 'PML1407', clause.span, { clause: clause.name, form: 'a feature of single rows' })
  if (declaration.entity) report.add(file, 'PML1415', declaration.entity.span, { feature: declaration.name.text })
  return {
    form: 'row',
    source,
    reads: [],
    value,
    definition: { form: 'row', source: source.declaration.name.text, expr: value.expr },
  }
}

const nothing: Body = { form: null, source: null, reads: [], value: unknown, definition: null }

const wrap = (fn: string, span: { start: number; end: number }): Fix[] => [
  {
    title: `Take the ${fn}`,
    edits: [
      { span: { start: span.start, end: span.start }, text: `${fn}(` },
      { span: { start: span.end, end: span.end }, text: ')' },
    ],
  },
]

const misplaced = (body: FeatureBody, clauses: readonly ('by' | 'where' | 'over' | 'lag')[]) => {
  const found: { name: string; span: { start: number; end: number } }[] = []
  const [firstKey] = body.by
  if (clauses.includes('by') && firstKey) found.push({ name: 'by', span: firstKey.span })
  if (clauses.includes('where') && body.where) found.push({ name: 'where', span: body.where.span })
  if (clauses.includes('over') && body.window) found.push({ name: 'over', span: body.window.span })
  if (clauses.includes('lag') && body.lag) found.push({ name: 'lag', span: body.lag.span })
  return found
}

const checkDerived = (
  { file, declaration }: Place<FeatureDeclaration>,
  body: FeatureBody,
  entity: CheckedEntity | null,
  before: ReadonlyMap<string, CheckedFeature>,
  context: FeatureContext,
): Body => {
  const { report } = context
  const reads = new Set<string>()
  let rowSource: CheckedSource | null = null
  const resolve = (name: Identifier): Typed => {
    const other = before.get(name.text)
    if (!other) {
      tellUnknown('feature', name, { ...context, file })
      return unknown
    }
    reads.add(name.text)
    const isOtherEntity = other.entity?.declaration.name.text !== declaration.entity?.text
    if (isOtherEntity && other.form !== null) {
      report.add(file, 'PML1410', name.span, {
        feature: declaration.name.text,
        entity: declaration.entity ? `\`${declaration.entity.text}\`` : 'single rows',
        other: name.text,
        otherEntity: other.entity ? `\`${other.entity.declaration.name.text}\`` : 'single rows',
      })
      return unknown
    }
    if (other.inline) {
      rowSource ??= other.source
      return other.inline
    }
    return {
      expr: { op: 'feature', name: name.text, type: other.type },
      type: other.type,
      isNullable: other.isNullable,
    }
  }
  for (const clause of misplaced(body, ['by', 'where', 'over', 'lag']))
    report.add(file, 'PML1407', clause.span, { clause: clause.name, form: 'a feature that reads no source' })
  const value = checkRow(body.expression, { report, file, resolve })
  const source: CheckedSource | null = rowSource
  if (source) return { form: 'row', source, reads: [...reads], value, definition: rowDefinition(source, value) }
  if (!entity && declaration.entity === null && !report.hasErrorIn(file, body.span))
    report.add(file, 'PML1404', declaration.name.span, { feature: declaration.name.text })
  return { form: 'derived', source: null, reads: [...reads], value, definition: { form: 'derived', expr: value.expr } }
}

const rowDefinition = (source: CheckedSource, value: Typed): FeatureDefinition => ({
  form: 'row',
  source: source.declaration.name.text,
  expr: value.expr,
})

interface AggregateParts {
  readonly aggregate: string
  readonly entity: CheckedEntity | null
  readonly source: CheckedSource
  readonly scope: RowScope
  readonly context: FeatureContext
}

const checkAggregate = (place: Place<FeatureDeclaration>, body: FeatureBody, parts: AggregateParts): Body => {
  const { file, declaration } = place
  const { aggregate, entity, source, scope, context } = parts
  const { report } = context
  const application = applicationOf(body.expression, 'feature', scope)
  const value = application ? apply(application, body.expression, scope) : unknown
  const filter = body.where && checkCondition(body.where, 'where', scope)
  const keys = body.by.map((name) => ({ name, column: columnOf(source, name, scope) }))
  if (!declaration.entity) report.add(file, 'PML1404', declaration.name.span, { feature: declaration.name.text })
  else if (entity) checkKeys(entity, keys, { report, file, span: body.expression.span })
  const window = checkWindow(body, parts, file)
  if (body.lag && body.lag.micros <= 0) report.add(file, 'PML1413', body.lag.span, { what: 'A lag' })
  const args = value.expr.op === 'call' ? value.expr.args : []
  const definition: FeatureDefinition | null = window && {
    form: 'aggregate',
    aggregate,
    args: aggregate === 'count' && body.expression.kind === 'call' && body.expression.args.length === 0 ? [] : args,
    source: source.declaration.name.text,
    keys: keys.map(({ name }) => name.text),
    filter: filter?.expr ?? null,
    window,
    lagMicros: body.lag?.micros ?? 0,
  }
  return { form: 'aggregate', source, reads: [], value, definition }
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

const checkWindow = (
  body: FeatureBody,
  { aggregate, source, context }: AggregateParts,
  file: string,
): FrameWindow | null => {
  const { report } = context
  const { window } = body
  const sourceName = source.declaration.name.text
  const isTimeless = source.declaration.time === null
  if (aggregate === 'latest') {
    if (window)
      report.add(file, 'PML1407', window.span, { clause: 'over', form: '`latest`, which looks at all earlier rows' })
    if (body.lag && isTimeless) report.add(file, 'PML1408', body.lag.span, { source: sourceName, what: 'A lag' })
    return { kind: 'all' }
  }
  if (!window) {
    const at = body.lag?.span.start ?? null
    const fixes =
      at === null
        ? [
            {
              title: 'Aggregate over one day',
              edits: [{ span: { start: body.span.end, end: body.span.end }, text: ' over 1d' }],
            },
          ]
        : []
    report.add(file, 'PML1403', body.expression.span, { aggregate }, fixes)
    return null
  }
  if (isTimeless) {
    report.add(file, 'PML1408', window.span, { source: sourceName, what: '`over`' })
    return null
  }
  switch (window.kind) {
    case 'all':
      return { kind: 'all' }
    case 'rows':
      if (!Number.isInteger(window.rows) || window.rows < 1)
        report.add(file, 'PML1413', window.span, { what: 'A window' })
      return { kind: 'rows', rows: window.rows }
    case 'time':
      if (window.duration.micros <= 0) report.add(file, 'PML1413', window.duration.span, { what: 'A window' })
      return { kind: 'time', micros: window.duration.micros, isInclusive: window.isInclusive }
  }
}
