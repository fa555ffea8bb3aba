import { type Translation, translate } from '../expressions/translate'
import { type FeaturePiece, type SourcePiece, writeDuration, writeName, writeNames, writeString } from '../proml'
import type { Outcome } from '../report'
import { isSection, type Section, section, textOf, typeOf, windowMicros } from './config'
import type { AnchorKey } from './importEntities'

/** A feature as it will be written, and what there is to say about it. */
export interface ImportedFeature {
  readonly piece: FeaturePiece
  readonly changed: readonly string[]
  readonly warnings: readonly string[]
}

const aggregates: Readonly<Record<string, string>> = {
  SUM: 'sum',
  AVG: 'mean',
  MAX: 'max',
  MIN: 'min',
  COUNT: 'count',
  COUNT_DISTINCT: 'distinct',
  LATEST: 'last',
}

const known = new Set(['def', 'type', 'default', 'aggregation', 'window', 'windowParameters', 'filter'])

/** `"x"` is MVEL, `{ sqlExpr: "x" }` SQL; of an aggregation everything is SQL. */
const expressionOf = (value: unknown, isAggregated: boolean): Outcome<Translation> => {
  const sql = textOf(section(value).sqlExpr)
  const mvel = textOf(isSection(value) ? value.mvel : value)
  const text = sql ?? mvel
  if (text === null) return { reason: 'It has no `def`.' }
  const found = translate(text, sql !== null || isAggregated ? 'sql' : 'mvel')
  return 'reason' in found ? { reason: `\`${text}\` cannot be carried: ${found.reason}` } : found
}

/** `default 0`, as an attribute; null where a value is none that an attribute can hold. */
const writeDefault = (value: unknown, isText: boolean): string | null => {
  const number = typeof value === 'string' && !isText && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
  if (typeof number === 'number' || typeof number === 'boolean') return `default ${number}`
  return typeof number === 'string' ? `default ${writeString(number)}` : null
}

export const attributesOf = (
  written: Section,
  isCount: boolean,
): Outcome<{ type: string | null; attributes: readonly string[]; changed: readonly string[] }> => {
  const found = typeOf(written.type)
  if ('reason' in found) return found
  const { type, kind } = found.value
  const attributes = kind ? [`kind ${kind}`] : []
  const changed: string[] = []
  const text =
    written.default === undefined ? '' : writeDefault(written.default, type === 'string' || kind === 'categorical')
  if (text === null) return { reason: 'Its `default` is no single value.' }
  // An empty window of `count` and `distinct` is 0 as it is.
  if (text !== '' && !(isCount && text === 'default 0')) attributes.push(text)
  if (isCount && text !== 'default 0')
    changed.push('Where no row lies in the window Feathr gives nothing, or the default; here it is 0.')
  return { value: { type, attributes, changed } }
}

interface Anchored {
  readonly name: string
  readonly written: Section
  readonly source: SourcePiece
  readonly key: AnchorKey
}

export const importFeature = (
  name: string,
  value: unknown,
  source: SourcePiece,
  key: AnchorKey,
): Outcome<ImportedFeature> => {
  const written = isSection(value) && (value.def !== undefined || value.type !== undefined) ? value : { def: value }
  const anchored: Anchored = { name, written, source, key }
  return written.aggregation === undefined ? importPlain(anchored) : importWindow(anchored)
}

const importPlain = ({ name, written, source, key }: Anchored): Outcome<ImportedFeature> => {
  const expression = expressionOf(written.def, false)
  if ('reason' in expression) return expression
  const attributes = attributesOf(written, false)
  if ('reason' in attributes) return attributes
  const definition = `latest(${expression.value.text}) from ${writeName(source.name)} by ${writeNames(key.columns)}`
  const changed = [...unknownOf(written), ...expression.value.remarks, ...attributes.value.changed]
  if (source.time)
    changed.push(
      'Feathr joins it by its key alone, whenever the row is from; here it is the newest row before the moment.',
    )
  const { type, attributes: list } = attributes.value
  const piece = { name, type, entity: key.entity.name, documentation: '', definition, attributes: list }
  return { value: { piece, changed, warnings: [] } }
}

const unknownOf = (written: Section): readonly string[] =>
  Object.keys(written)
    .filter((field) => !known.has(field))
    .map((field) => `\`${field}\` is not carried.`)

/** `window: 3d`, or nearline’s `windowParameters: { type: SLIDING, size: 3d }`. */
const windowOf = (written: Section): Outcome<number> => {
  const nearline = section(written.windowParameters)
  const kind = textOf(nearline.type) ?? 'SLIDING'
  if (kind !== 'SLIDING') return { reason: `A ${kind} window has no counterpart: windows here slide.` }
  const size = written.window ?? nearline.size
  const micros = windowMicros(size)
  return micros === null ? { reason: `Its window \`${textOf(size) ?? ''}\` is no duration.` } : { value: micros }
}

const importWindow = ({ name, written, source, key }: Anchored): Outcome<ImportedFeature> => {
  const aggregation = textOf(written.aggregation)?.toUpperCase() ?? ''
  const aggregate = aggregates[aggregation]
  if (!aggregate) return { reason: `The aggregation \`${aggregation}\` has no counterpart.` }
  if (written.groupBy !== undefined)
    return { reason: '`groupBy` gives one value for each group; a feature here is one value.' }
  if (!source.time) return { reason: `Its source \`${source.name}\` names no time, which a window needs.` }
  const window = windowOf(written)
  if ('reason' in window) return window
  const expression = expressionOf(written.def, true)
  if ('reason' in expression) return expression
  const filter = written.filter === undefined ? null : expressionOf(written.filter, true)
  if (filter && 'reason' in filter) return { reason: `Its filter ${filter.reason}` }
  const attributes = attributesOf(written, aggregate === 'count' || aggregate === 'distinct')
  if ('reason' in attributes) return attributes

  const { text } = expression.value
  const argument = aggregate === 'count' && /^\d+$/.test(text) ? '' : text
  const where = [
    ...(filter ? [aggregate === 'last' ? `(${filter.value.text})` : filter.value.text] : []),
    // Feathr’s LATEST passes over missing values (LatestAggregate.scala).
    ...(aggregate === 'last' ? [`not is_null(${text})`] : []),
  ].join(' and ')
  const definition =
    `${aggregate}(${argument}) from ${writeName(source.name)} by ${writeNames(key.columns)}` +
    `${where === '' ? '' : ` where ${where}`} over ${writeDuration(window.value)} inclusive`
  const changed = [
    ...unknownOf(written),
    ...expression.value.remarks,
    ...(filter?.value.remarks ?? []),
    ...attributes.value.changed,
    ...(section(written.windowParameters).slidingInterval === undefined
      ? []
      : ['`slidingInterval` is not carried: the window ends at each moment.']),
    ...(aggregate === 'distinct'
      ? ['Feathr counts missing values as one more value; `distinct` counts known ones.']
      : []),
  ]
  const warnings = [
    `Its window is closed at the right end, as Feathr’s is: a model that observes \`${source.name}\` lets a row into its own value (PML2102). Remove \`inclusive\`, or add a \`lag\`.`,
  ]
  const { type, attributes: list } = attributes.value
  const piece = { name, type, entity: key.entity.name, documentation: '', definition, attributes: list }
  return { value: { piece, changed, warnings } }
}
