import {
  type EntityPiece,
  type FeaturePiece,
  isWritableName,
  type SourcePiece,
  writeDuration,
  writeName,
  writeNames,
  writeString,
} from '../proml'
import type { Outcome } from '../report'
import { type FeastField, type FeastView, ownTags, typeOfValueType } from './description'

interface FieldScope {
  readonly view: FeastView
  readonly source: SourcePiece
  readonly entity: EntityPiece
  /** Whether another view has a field of this name. */
  readonly isAmbiguous: boolean
  readonly taken: ReadonlySet<string>
}

const own: ReadonlySet<string> = new Set(Object.values(ownTags))

/** `86400s`, `0.5s`: the JSON form of a protocol buffer’s duration. */
const microsOf = (ttl: string): number => Math.round(Number.parseFloat(ttl) * 1e6)

/** `team=drivers`; a tag without a value stands alone. The view’s name is kept as a tag, since Feast’s users know features by it. */
const tagsOf = ({ tags }: FeastField, view: FeastView): readonly string[] => {
  const written = (of: Readonly<Record<string, string>>) =>
    Object.entries(of)
      .filter(([name]) => !own.has(name))
      .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
      .sort()
  const isMade = view.tags[ownTags.madeView] !== undefined
  return [...new Set([...(isMade ? [] : [`view=${view.name}`]), ...[...written(view.tags), ...written(tags)].sort()])]
}

const numberTypes: ReadonlySet<string> = new Set(['int', 'float'])

/** What an export kept in tags, as attributes again; a tag that someone else wrote so is not trusted to be one. */
const ownAttributes = (tags: FeastField['tags'], type: string): readonly string[] => {
  const fallback = tags[ownTags.default]
  const isValue =
    fallback !== undefined &&
    (numberTypes.has(type)
      ? /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(fallback)
      : type !== 'bool' || /^(true|false)$/.test(fallback))
  const word = (name: string, text: string | undefined): readonly string[] =>
    text !== undefined && /^[a-z]+$/.test(text) ? [`${name} ${text}`] : []
  const unit = tags[ownTags.unit]
  return [
    ...(isValue ? [`default ${type === 'string' ? writeString(fallback) : fallback}`] : []),
    ...(unit === undefined ? [] : [`unit ${writeString(unit)}`]),
    ...word('kind', tags[ownTags.kind]),
    ...word('status', tags[ownTags.status]),
    ...(tags[ownTags.pii] === undefined ? [] : ['pii']),
  ]
}

export const importField = (
  field: FeastField,
  { view, source, entity, isAmbiguous, taken }: FieldScope,
): Outcome<{ readonly piece: FeaturePiece; readonly changed: readonly string[] }> => {
  const type = typeOfValueType[field.value_type]
  if (!type) return { reason: `Its type \`${field.value_type}\` is no single value.` }
  const name = field.tags[ownTags.name] ?? (isAmbiguous ? `${view.name}__${field.name}` : field.name)
  const mapping = Object.entries(view.batch_source?.field_mapping ?? {})
  const column = mapping.find(([, mapped]) => mapped === field.name)?.[0] ?? field.name
  const tags = tagsOf(field, view)
  const unwritable = [name, column, ...tags].find((text) => !isWritableName(text))
  if (unwritable !== undefined) return { reason: `\`${unwritable}\` cannot be written as a name.` }
  if (taken.has(name)) return { reason: 'Another feature has this name.' }
  const ttl = microsOf(view.ttl)
  const definition = [
    `latest(${writeName(column)}) from ${writeName(source.name)} by ${writeNames(entity.keys.map((key) => key.name))}`,
    ...(ttl > 0 ? [`over ${writeDuration(ttl)}`] : []),
  ].join(' ')
  const system = view.tags[ownTags.meaning] ?? 'feast'
  const attributes = [
    ...(['feast', 'feathr', 'chronon'].includes(system) ? [`like ${system}`] : []),
    ...ownAttributes(field.tags, type),
    ...(view.owner === '' ? [] : [`owner ${writeString(view.owner)}`]),
    ...(tags.length === 0 ? [] : [`tags [${tags.map(writeName).join(', ')}]`]),
  ]
  const changed = [
    ...(name === field.name || field.tags[ownTags.name] !== undefined
      ? []
      : [`Several views have a field \`${field.name}\`: this one is \`${view.name}:${field.name}\`.`]),
    ...(['INT32', 'FLOAT'].includes(field.value_type)
      ? [`\`${field.value_type}\` is \`${type}\` here, of 64 bits.`]
      : []),
  ]
  const documentation = field.description === '' ? view.description : field.description
  return {
    value: { piece: { name, type, entity: entity.name, documentation, definition, attributes }, changed },
  }
}
