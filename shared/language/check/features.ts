import type { ValueType } from '../../data/profile'
import type { Expr, FeatureDefinition, FeaturePlan } from '../../plan/plan'
import type { FeatureBody, FeatureDeclaration, Identifier } from '../ast'
import type { Fix } from '../diagnostic'
import { checkAttributes } from './attributes'
import { applicationOf } from './bindings'
import { type Declared, type Place, tellUnknown } from './declared'
import { checkCondition, checkKeys, entitiesThatFit, misplaced, tellMisplaced } from './featureClauses'
import { checkWindow } from './featureWindow'
import { type Memory, WatchedMap } from './memory'
import { dependencyOrder, namesOf } from './order'
import type { Report } from './report'
import { apply, checkRow, isAggregate, type RowScope, type Typed, tellBareNull, unknown } from './rowExpressions'
import { columnOf, sourceScope } from './sources'
import type { CheckedEntity, CheckedFeature, CheckedSource } from './symbols'
import { commonType, readType, typeText, writtenLength, writtenType } from './types'
import { asVector } from './vectors'

export interface FeatureContext {
  readonly report: Report
  readonly namespace: string
  readonly declared: Declared
  readonly all: ReadonlyMap<string, Declared>
  /** Those of the namespace, and those that it imports. */
  readonly sources: ReadonlyMap<string, CheckedSource>
  readonly entities: ReadonlyMap<string, CheckedEntity>
  /** The system that a file’s `namespace … like` names. */
  readonly likeOf: (file: string) => Identifier | null
  readonly memory: Memory
}

/** A feature that was checked already, by the name that it has in a namespace. */
type Before = (name: string) => CheckedFeature | undefined

/** What a feature's expression says, before its written type and its attributes. */
interface Body extends Pick<CheckedFeature, 'form' | 'source' | 'reads'> {
  readonly value: Typed
  readonly definition: FeatureDefinition | null
}

/** A feature wherever it is declared: its namespace and its name there. */
const keyOf = (namespace: string, name: string): string => `${namespace}\0${name}`

const splitKey = (key: string): readonly [namespace: string, name: string] => {
  const at = key.indexOf('\0')
  return [key.slice(0, at), key.slice(at + 1)]
}

/** Every feature of every namespace, each checked after those it reads, of whatever namespace they are. */
export const checkFeatures = (
  contexts: ReadonlyMap<string, FeatureContext>,
): ReadonlyMap<string, ReadonlyMap<string, CheckedFeature>> => {
  const checked = new Map([...contexts.keys()].map((namespace) => [namespace, new Map<string, CheckedFeature>()]))
  const meant = ({ namespace, declared }: FeatureContext, name: string): string | null => {
    if (declared.feature.has(name)) return keyOf(namespace, name)
    const imported = declared.imports.get(name)
    return imported?.kind === 'feature' ? keyOf(imported.namespace, imported.name) : null
  }
  const placeOf = (key: string) => {
    const [namespace, name] = splitKey(key)
    const context = contexts.get(namespace)
    const place = context?.declared.feature.get(name)
    return context && place ? { name, place, context } : null
  }
  const needs = (key: string): readonly string[] => {
    const found = placeOf(key)
    const body = found?.place.declaration.definition
    if (!found || !body || body.from) return []
    return namesOf(body.expression).flatMap((name) => meant(found.context, name) ?? [])
  }
  const keys = [...contexts.values()].flatMap(({ namespace, declared }) =>
    [...declared.feature.keys()].map((name) => keyOf(namespace, name)),
  )
  const { order, cycles } = dependencyOrder(keys, needs)
  for (const cycle of cycles) {
    const first = placeOf(cycle[0] ?? '')
    const names = cycle.map((key) => splitKey(key)[1])
    if (first)
      first.context.report.add(first.place.file, 'PML1110', first.place.declaration.name.span, { cycle: names })
  }
  for (const key of order) {
    const found = placeOf(key)
    if (!found) continue
    const { name, place, context } = found
    const before: Before = (other) => {
      const [namespace, there] = splitKey(meant(context, other) ?? keyOf(context.namespace, other))
      return checked.get(namespace)?.get(there)
    }
    checked.get(context.namespace)?.set(name, recallFeature(place, before, context))
  }
  for (const context of contexts.values()) {
    const own = checked.get(context.namespace)
    for (const [name, place] of context.declared.feature)
      if (!own?.has(name)) own?.set(name, unresolved(place, context))
  }
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

const recallFeature = (place: Place<FeatureDeclaration>, before: Before, context: FeatureContext): CheckedFeature => {
  const { declared, sources, entities, likeOf, memory } = context
  const world = {
    before,
    source: (name: string) => sources.get(name),
    entity: (name: string) => entities.get(name),
    like: (file: string) => likeOf(file)?.text,
    isFeature: (name: string) => declared.feature.has(name) || declared.imports.get(name)?.kind === 'feature',
  }
  return memory.recall(place.declaration, { ...context, file: place.file }, world, (watched) =>
    checkFeature(place, watched.before, {
      ...context,
      sources: new WatchedMap(sources, watched.source),
      entities: new WatchedMap(entities, watched.entity),
      isFeature: watched.isFeature,
      likeOf: (file) => (watched.like(file) === undefined ? null : likeOf(file)),
    }),
  )
}

/** A context in which what is looked up is watched. */
interface WatchedContext extends FeatureContext {
  readonly isFeature: (name: string) => boolean
}

const checkFeature = (place: Place<FeatureDeclaration>, before: Before, context: WatchedContext): CheckedFeature => {
  const { file, declaration } = place
  const { report, namespace } = context
  const entity = entityOf(place, context)
  const said = declaration.definition && checkBody(place, declaration.definition, entity, before, context)
  const body = said && withLength(said, writtenLength(declaration.type))
  if (body && declaration.definition) tellBareNull(body.value, declaration.definition.expression.span, { report, file })
  const type = typeOf(declaration, body?.value ?? unknown, { report, file })
  const length = type === 'vector' ? (body?.value.length ?? writtenLength(declaration.type)) : null
  const attributes = checkAttributes(declaration, { type, length }, { report, file })
  if (attributes.replacement) checkReplacement(attributes.replacement, place, context)
  const isNullable = attributes.default === null && (body?.value.isNullable ?? true)
  const entityKeys = entity?.keys.map((key) => key.name) ?? []
  const isPlannable = body?.definition && type !== 'unknown' && !report.hasErrorIn(file, declaration.span)
  const plan: FeaturePlan | null = isPlannable
    ? {
        name: declaration.name.text,
        entity: entity?.declaration.name.text ?? null,
        entityKeys,
        type,
        ...(length === null ? {} : { width: length }),
        definition: body.definition,
        default: attributes.default,
        documentation: declaration.documentation,
        unit: attributes.unit,
        owner: attributes.owner,
        tags: attributes.tags,
        status: attributes.status,
        replacement: attributes.replacement?.text ?? null,
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
    length,
    isNullable,
    entity,
    source: body?.source ?? null,
    reads: body?.reads ?? [],
    inline,
    plan,
  }
}

const checkReplacement = (name: Identifier, { file }: Place<FeatureDeclaration>, context: WatchedContext): void => {
  if (!context.isFeature(name.text)) tellUnknown('feature', name, { ...context, file })
}

const withDefault = (value: Typed, type: ValueType, fallback: Expr | null): Typed =>
  fallback === null
    ? { ...value, type }
    : { ...value, expr: { op: 'call', fn: 'coalesce', args: [value.expr, fallback], type }, type, isNullable: false }

/** A vector whose file does not say how long it is has the length that the feature's type says. */
const withLength = (body: Body, length: number | null): Body => {
  const { value, definition } = body
  if (length === null || value.type !== 'vector' || value.length) return body
  const expr = asVector(value.expr, length)
  const known = { ...value, expr, length }
  if (definition?.form !== 'aggregate')
    return { ...body, value: known, definition: definition && { ...definition, expr } }
  return {
    ...body,
    value: known,
    definition: { ...definition, args: definition.args.map((arg) => asVector(arg, length)) },
  }
}

const entityOf = ({ file, declaration }: Place<FeatureDeclaration>, context: FeatureContext): CheckedEntity | null => {
  if (!declaration.entity) return null
  const entity = context.entities.get(declaration.entity.text)
  if (!entity) tellUnknown('entity', declaration.entity, { ...context, file })
  return entity ?? null
}

const typeOf = (
  { name, type }: FeatureDeclaration,
  value: Typed,
  { report, file }: { readonly report: Report; readonly file: string },
): ValueType => {
  if (!type) return value.type
  const declared = readType(type, { report, file })
  if (declared === null) return value.type
  const length = writtenLength(type)
  const isAsLong = length === null || !value.length || length === value.length
  if (value.type === 'unknown' || (commonType(declared, value.type) === declared && isAsLong)) return declared
  const inferred = typeText(value.type, value.length)
  const fix: Fix = { title: `Declare it ${inferred}`, edits: [{ span: type.span, text: inferred }] }
  report.add(file, 'PML1203', type.span, { name: name.text, declared: typeText(declared, length), inferred }, [fix])
  return declared
}

const checkBody = (
  place: Place<FeatureDeclaration>,
  body: FeatureBody,
  entity: CheckedEntity | null,
  before: Before,
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
    tellMisplaced(clause, 'a feature of single rows', { report, file })
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

const checkDerived = (
  { file, declaration }: Place<FeatureDeclaration>,
  body: FeatureBody,
  entity: CheckedEntity | null,
  before: Before,
  context: FeatureContext,
): Body => {
  const { report } = context
  const reads = new Set<string>()
  let rowSource: CheckedSource | null = null
  const resolve = (name: Identifier): Typed => {
    const other = before(name.text)
    if (!other) {
      tellUnknown('feature', name, { ...context, file })
      return unknown
    }
    reads.add(name.text)
    const isOtherEntity = other.entity !== entity && (entity !== null || declaration.entity === null)
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
      length: other.length,
    }
  }
  for (const clause of misplaced(body, ['by', 'where', 'over', 'lag']))
    tellMisplaced(clause, 'a feature that reads no source', { report, file })
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
  if (!declaration.entity)
    report.add(file, 'PML1404', declaration.name.span, { feature: declaration.name.text }, [
      ...entitiesThatFit(keys.length, declaration, context.entities.values()),
    ])
  else if (entity) checkKeys(entity, keys, { report, file, span: body.expression.span })
  const window = checkWindow(place, body, { ...context, aggregate, source })
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
