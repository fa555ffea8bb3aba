import type { ValueType } from '../../data/profile'
import type { Expr, TensorType, UsePlan } from '../../plan/plan'
import type { Identifier, UseStatement } from '../ast'
import type { Fix } from '../diagnostic'
import { removal, withWordBefore } from '../diagnostics/fixes'
import { nearest } from '../nearest'
import { replacementIn } from './attributes'
import { tellUnknown } from './declared'
import { checkKeys } from './featureClauses'
import type { ModelContext } from './models'
import { replacements, written } from './report'
import { checkRow, type Typed, tellBareNull, unknown } from './rowExpressions'
import { columnExpr, columnOf } from './sources'
import type { CheckedEntity, CheckedFeature, CheckedSource, CheckedUse } from './symbols'
import { typeName } from './types'
import { lengthMend } from './vectors'

export interface UseContext extends ModelContext {
  readonly file: string
  readonly source: CheckedSource | null
  /** How other uses of the model name an entity's keys: what a missing `by` is most likely to be. */
  readonly keysByEntity: ReadonlyMap<string, string>
}

/** A `use`: a column, an expression of columns, or a feature joined by columns. */
export const checkUse = (statement: UseStatement, context: UseContext): CheckedUse => {
  const { expression, name, by } = statement
  const bare = expression === null ? name : expression.kind === 'name' ? expression.name : null
  const feature = bare && featureMeant(bare, statement, context)
  if (feature && bare)
    return feature.inline ? inlineUse(statement, bare, feature, context) : featureUse(statement, bare, feature, context)
  if (bare && by.length > 0) {
    if (context.source?.columns?.has(bare.text)) tellNothingToJoin(by, bare.text, context)
    else tellUnknown('feature', bare, context)
    return answer(statement, unknown, null, null)
  }
  tellNothingToJoin(by, name.text, context)
  const value = bare ? resolveName(bare, context) : expression ? checkRow(expression, rowScope(context)) : unknown
  tellBareNull(value, statement.span, context)
  return rowUse(statement, value, context)
}

const tellNothingToJoin = (by: readonly Identifier[], name: string, { report, file }: UseContext): void => {
  const [first] = by
  const last = by.at(-1)
  if (!first || !last) return
  const text = report.textOf(file)
  const whole = withWordBefore(text, 'by', { start: first.span.start, end: last.span.end })
  report.add(file, 'PML1504', first.span, { name }, [removal('Remove `by`', text, whole)])
}

/** A name is a feature where it says `by`, or where the observed source has no such column. */
const featureMeant = (
  name: Identifier,
  { by }: UseStatement,
  { source, features }: UseContext,
): CheckedFeature | null => {
  const feature = features.get(name.text)
  if (!feature) return null
  return by.length === 0 && source?.columns?.has(name.text) ? null : feature
}

export const rowScope = (context: UseContext) => ({
  report: context.report,
  file: context.file,
  resolve: (name: Identifier): Typed => resolveName(name, context),
})

const resolveName = (name: Identifier, { source, features, report, file }: UseContext): Typed => {
  const feature = features.get(name.text)
  if (!source?.columns) return feature?.inline ?? columnExpr(name.text, null)
  if (source.columns.has(name.text)) return columnExpr(name.text, columnOf(source, name, { report, file }))
  if (feature?.inline && feature.source === source) return feature.inline
  if (feature) {
    report.add(file, 'PML1510', name.span, { feature: name.text })
    return unknown
  }
  const near = nearest(name.text, [...source.columns.keys(), ...features.keys()])
  report.add(
    file,
    'PML1101',
    name.span,
    { name: name.text, source: source.declaration.name.text, nearest: near },
    replacements(name.span, near.map(written)),
  )
  return unknown
}

const inlineUse = (
  statement: UseStatement,
  name: Identifier,
  feature: CheckedFeature,
  context: UseContext,
): CheckedUse => {
  const { report, file, source } = context
  tellNothingToJoin(statement.by, name.text, context)
  if (source && feature.source && feature.source !== source) {
    report.add(file, 'PML1510', name.span, { feature: name.text })
    return answer(statement, unknown, name.text, null)
  }
  return { ...rowUse(statement, feature.inline ?? unknown, context), feature: name.text }
}

const rowUse = (statement: UseStatement, value: Typed, context: UseContext): CheckedUse => {
  const isGood = canEnter(statement, value, context, value.type === 'vector' ? [] : coalesceFix(statement, value))
  tellPrecision(statement, value, context)
  const definition: UsePlan['definition'] = { kind: 'row', expr: value.expr }
  return answer(statement, value, null, isGood ? definition : null)
}

const featureUse = (
  statement: UseStatement,
  name: Identifier,
  feature: CheckedFeature,
  context: UseContext,
): CheckedUse => {
  const { report, file, source } = context
  const columns = statement.by.map((column) => ({
    name: column,
    column: source ? columnOf(source, column, { report, file }) : null,
  }))
  if (feature.entity) {
    const end = statement.expression?.span.end ?? name.span.end
    const guess = columns.length === 0 ? guessKeys(feature.entity, context) : null
    const fixes: Fix[] = guess
      ? [{ title: `Add \`by ${guess}\``, edits: [{ span: { start: end, end }, text: ` by ${guess}` }] }]
      : []
    checkKeys(feature.entity, columns, { report, file, span: name.span, fixes })
  }
  tellDeprecated(feature, name, context)
  const isGood = canEnter(statement, feature, context, [])
  const definition: UsePlan['definition'] = {
    kind: 'feature',
    feature: name.text,
    keys: statement.by.map(({ text }) => text),
  }
  return answer(statement, feature, name.text, isGood ? definition : null)
}

const tellDeprecated = (feature: CheckedFeature, name: Identifier, { report, file, features }: UseContext): void => {
  const status = feature.declaration.attributes.find((each) => each.name.text === 'status')?.value
  const replacement = status?.kind === 'call' ? replacementIn(status) : null
  if (!replacement && !(status?.kind === 'name' && status.name.text === 'deprecated')) return
  // The replacement is named as it is called where the feature is declared.
  const isHere = replacement !== null && features.get(replacement.text)?.namespace === feature.namespace
  const fixes = isHere ? replacements(name.span, [written(replacement.text)]) : []
  report.add(file, 'PML2110', name.span, { feature: name.text, replacement: replacement?.text ?? null }, fixes)
}

/** What most likely follows `by`: what another use of the entity says, or columns with the keys' own names and types. */
const guessKeys = (entity: CheckedEntity, { source, keysByEntity }: UseContext): string | null => {
  const said = keysByEntity.get(entity.declaration.name.text)
  if (said) return said
  const isThere = entity.keys.every(({ name, type }) => source?.columns?.get(name)?.type === type)
  if (!isThere || entity.keys.length === 0) return null
  return writtenKeys(entity.keys.map(({ name }) => name))
}

export const writtenKeys = (names: readonly string[]): string =>
  names.length === 1 ? names.map(written).join('') : `(${names.map(written).join(', ')})`

const partOf = (type: ValueType): string =>
  type === 'date' ? 'Take a part of it, such as `weekday(…)`.' : 'Take a part of it, such as `hour(…)` or `weekday(…)`.'

interface Entering {
  readonly type: ValueType
  readonly isNullable: boolean
  readonly length?: number | null
  /** Of a feature. */
  readonly declaration?: { readonly name: Identifier }
  /** Of a value of the row. */
  readonly expr?: Expr
}

/** Where the length is to be written: in the feature, or in the source. */
const mendOf = ({ declaration, expr }: Entering): string =>
  declaration
    ? `Write the feature’s type with it, as in \`feature ${written(declaration.name.text)}: vector[8] …\`.`
    : lengthMend(expr?.op === 'column' ? expr.name : 'embedding')

const canEnter = (
  { name, span }: UseStatement,
  value: Entering,
  { report, file }: UseContext,
  fixes: readonly Fix[],
): boolean => {
  const { type, isNullable, length = null } = value
  if (type === 'unknown') return false
  if (type === 'vector' && length === null) {
    report.add(file, 'PML1532', name.span, { name: name.text, mend: mendOf(value) })
    return false
  }
  if (type === 'time' || type === 'date' || type === 'duration') {
    const mend = type === 'time' || type === 'date' ? partOf(type) : 'Leave it out.'
    report.add(file, 'PML1507', name.span, { name: name.text, type: typeName(type), mend })
    return false
  }
  if (isNullable && (type === 'string' || type === 'bool')) {
    const mend =
      fixes.length > 0 ? 'Say with `coalesce` what stands in where it is missing.' : 'Give the feature a `default`.'
    report.add(
      file,
      'PML1508',
      name.span,
      { name: name.text, type: type === 'string' ? 'a text' : 'a flag', mend },
      fixes,
    )
    return false
  }
  return span.end > span.start
}

const coalesceFix = ({ name, expression }: UseStatement, { type }: Typed): Fix[] => {
  const stand = type === 'string' ? '"unknown"' : 'false'
  const title = `Put ${stand} where it is missing`
  if (!expression) {
    const end = name.span.end
    return [{ title, edits: [{ span: { start: end, end }, text: ` = coalesce(${written(name.text)}, ${stand})` }] }]
  }
  const { start, end } = expression.span
  return [
    {
      title,
      edits: [
        { span: { start, end: start }, text: 'coalesce(' },
        { span: { start: end, end }, text: `, ${stand})` },
      ],
    },
  ]
}

/** Whole numbers of 64 bits and DOUBLEs that enter as they are. Computed values are meant to be rounded. */
const tellPrecision = (
  { name }: UseStatement,
  { expr, type, isNullable }: Typed,
  { source, report, file }: UseContext,
): void => {
  if (expr.op !== 'column') return
  const native = source?.columns?.get(expr.name)?.nativeType.toUpperCase() ?? ''
  if (type === 'int' && isNullable && /^(U?BIGINT|U?HUGEINT|INT64|UINT64|LONG)/.test(native))
    report.add(file, 'PML2103', name.span, {
      name: name.text,
      type: 'a 64-bit whole number that may be null',
      exactTo: '16,777,216',
    })
  else if (type === 'float' && /^(DOUBLE|DECIMAL|FLOAT8)/.test(native))
    report.add(file, 'PML2103', name.span, { name: name.text, type: native, exactTo: 'about seven digits' })
}

const tensorOf = (type: ValueType, isNullable: boolean): TensorType => {
  if (type === 'string') return 'string'
  if (type === 'bool') return 'bool'
  return type === 'int' && !isNullable ? 'int64' : 'float32'
}

const answer = (
  statement: UseStatement,
  { type, isNullable, length = null }: Entering,
  feature: string | null,
  definition: UsePlan['definition'] | null,
): CheckedUse => {
  const name = statement.name.text
  const plan: UsePlan | null = definition && {
    name,
    type,
    tensor: tensorOf(type, isNullable),
    isNullable,
    ...(type === 'vector' && length !== null ? { width: length } : {}),
    definition,
    span: statement.span,
  }
  const width = type === 'vector' ? length : 1
  return { statement, feature, plan, value: { name, type, width, isNullable, isPrediction: false } }
}

/** The columns that an expression reads. */
export const columnsOf = (expr: Expr): readonly string[] => {
  if (expr.op === 'column') return [expr.name]
  return expr.op === 'call' ? expr.args.flatMap(columnsOf) : []
}
