import { namesIn } from '../../graph/names'
import type { Expression, FeatureBody, FeatureDeclaration } from '../../language/ast'
import { attributeOf, attributeText, literalOf } from '../definitions'
import { sqlOf } from '../expressions/sql'
import { writeDuration } from '../proml'
import type { Outcome } from '../report'
import type { HoconObject } from './hocon'

type Exported<T> = Outcome<{ readonly value: T; readonly changed: readonly string[] }>

const aggregations: Readonly<Record<string, string>> = {
  sum: 'SUM',
  mean: 'AVG',
  max: 'MAX',
  min: 'MIN',
  count: 'COUNT',
  distinct: 'COUNT_DISTINCT',
  last: 'LATEST',
}
const valueTypes: Readonly<Record<string, string>> = { bool: 'BOOLEAN', int: 'LONG', float: 'DOUBLE', string: 'STRING' }
const kinds: Readonly<Record<string, string>> = { numeric: 'NUMERIC', categorical: 'CATEGORICAL', boolean: 'BOOLEAN' }

/** `type` and `default`, and what of them has no counterpart. */
const described = (
  feature: FeatureDeclaration,
): { readonly config: HoconObject; readonly changed: readonly string[] } => {
  const changed: string[] = []
  const valType = valueTypes[feature.type?.text ?? '']
  if (feature.type && !valType) changed.push(`Feathr has no type for \`${feature.type.text}\`.`)
  const kind = attributeText(feature, 'kind') ?? ''
  if (!valType && kind !== '' && !kinds[kind]) changed.push(`Feathr has no type for the kind \`${kind}\`.`)
  const type = valType ? { type: 'TENSOR', tensorCategory: 'DENSE', dimensionType: [], valType } : kinds[kind]
  const fallback = attributeOf(feature, 'default')
  const literal = literalOf(fallback?.value)
  if (fallback && literal === null) changed.push('Its `default` is no plain value.')
  return { config: { type, default: literal ?? undefined }, changed }
}

/** The expression inside an aggregate’s parentheses; `count()` counts a constant. */
const argumentOf = (body: FeatureBody): Expression | null =>
  body.expression.kind === 'call' ? (body.expression.args[0]?.value ?? null) : null

/** A feature that reads a source. Windows must mean what Feathr’s mean, or the difference is said. */
export const exportFeature = (
  feature: FeatureDeclaration,
  { hasTime, system }: { readonly hasTime: boolean; readonly system: string | null },
): Exported<HoconObject> => {
  const body = feature.definition
  if (body?.expression.kind !== 'call') return { reason: 'It is no aggregate of rows.' }
  if (body.lag) return { reason: 'Feathr takes a `lag` from the job that joins, not from the feature.' }
  const aggregate = body.expression.callee.text
  return aggregate === 'latest' ? exportLatest(feature, body, hasTime) : exportWindow(feature, body, aggregate, system)
}

const exportLatest = (feature: FeatureDeclaration, body: FeatureBody, hasTime: boolean): Exported<HoconObject> => {
  const argument = argumentOf(body)
  if (body.where) return { reason: 'Feathr has no filter on a feature without a window.' }
  if (body.window) return { reason: 'Feathr has no age limit on a feature without a window.' }
  if (!argument) return { reason: 'It names no value.' }
  const expression = sqlOf(argument)
  if ('reason' in expression) return expression
  const { config, changed } = described(feature)
  const byKeyAlone = hasTime ? ['Feathr joins it by its key alone, whenever the row is from.'] : []
  return { value: { value: { def: { sqlExpr: expression.value }, ...config }, changed: [...changed, ...byKeyAlone] } }
}

const isMissing = (expression: Expression | null, text: string): boolean =>
  expression?.kind === 'unary' && expression.operator === 'not' && sqlText(expression.operand) === `isnull(${text})`

const sqlText = (expression: Expression): string => {
  const found = sqlOf(expression)
  return 'value' in found ? found.value : ''
}

/** The filter without `not is_null(x)`, which Feathr’s LATEST does by itself. */
const filterOf = (body: FeatureBody, isLatest: boolean, text: string) => {
  const { where } = body
  if (!isLatest) return { filter: where, skipsNulls: false }
  if (isMissing(where, text)) return { filter: null, skipsNulls: true }
  const isBoth = where?.kind === 'binary' && where.operator === 'and'
  return isBoth && isMissing(where.right, text)
    ? { filter: where.left, skipsNulls: true }
    : { filter: where, skipsNulls: false }
}

const windowRemarks = (system: string | null): readonly string[] => {
  switch (system) {
    case 'feathr':
      return []
    case 'feast':
      return ['Feathr opens the window at its left end: a row of exactly that age does not count there.']
    case 'chronon':
      return ['Feathr does not round windows down to hops, and closes them at the right end.']
    default:
      return ['Feathr closes the window at its right end: a row of the very moment counts there, and not here.']
  }
}

const exportWindow = (
  feature: FeatureDeclaration,
  body: FeatureBody,
  aggregate: string,
  system: string | null,
): Exported<HoconObject> => {
  const aggregation = aggregations[aggregate]
  if (!aggregation) return { reason: `Feathr has no aggregation like \`${aggregate}\`.` }
  const { window } = body
  if (window?.kind !== 'time') return { reason: 'Feathr’s windows are durations.' }
  if (window.duration.micros % 1e6 !== 0) return { reason: 'Feathr’s windows are whole seconds.' }
  const argument = argumentOf(body)
  const expression = argument ? sqlOf(argument) : { value: '1' }
  if ('reason' in expression) return expression
  const { filter, skipsNulls } = filterOf(body, aggregation === 'LATEST', expression.value)
  const condition = filter ? sqlOf(filter) : null
  if (condition && 'reason' in condition) return condition
  const { config, changed } = described(feature)
  const remarks = [
    ...changed,
    ...windowRemarks(window.isInclusive ? 'feathr' : system),
    ...(aggregation === 'LATEST' && !skipsNulls
      ? ['Feathr’s LATEST passes over missing values; `last` does not.']
      : []),
    ...(aggregation === 'COUNT_DISTINCT' ? ['Feathr counts missing values as one more value.'] : []),
  ]
  const value: HoconObject = {
    def: expression.value,
    aggregation,
    window: writeDuration(window.duration.micros),
    filter: condition?.value,
    ...config,
    // Feathr gives nothing for an empty window, `count` gives 0.
    default: config.default ?? (aggregation === 'COUNT' || aggregation === 'COUNT_DISTINCT' ? 0 : undefined),
  }
  return { value: { value, changed: remarks } }
}

/** A feature of features; null while one that it reads is still to come. */
export const exportDerived = (
  feature: FeatureDeclaration,
  keysOf: (name: string) => readonly string[] | null,
  isComing: (name: string) => boolean,
): Exported<{ readonly config: HoconObject; readonly reads: readonly string[] }> | null => {
  const body = feature.definition
  if (!body) return { reason: 'It has no definition.' }
  const reads = [...new Set(namesIn(body.expression).map(({ text }) => text))]
  const missing = reads.find((name) => keysOf(name) === null)
  if (missing !== undefined)
    return isComing(missing) ? null : { reason: `It reads \`${missing}\`, which is not carried.` }
  if (reads.length === 0) return { reason: 'It reads no feature.' }
  const expression = sqlOf(body.expression)
  if ('reason' in expression) return expression
  const { config, changed } = described(feature)
  const inputs = Object.fromEntries(reads.map((name) => [name, { key: keysOf(name) ?? [], feature: name }]))
  const value: HoconObject = {
    key: keysOf(reads[0] ?? '') ?? [],
    inputs,
    definition: { sqlExpr: expression.value },
    type: config.type,
  }
  const lost = config.default === undefined ? [] : ['Feathr has no default for a feature of features.']
  return { value: { value: { config: value, reads }, changed: [...changed, ...lost] } }
}
