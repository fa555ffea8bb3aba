import type { EntityDeclaration, FeatureDeclaration, SourceDeclaration } from '../../language/ast'
import { attributeOf, attributeText, type Definitions, fileOf, literalOf, systemOf } from '../definitions'
import type { Notes, Outcome } from '../report'
import { feastTypes, ownTags } from './description'
import { plainTags, splitTag, viewNameOf } from './tags'

export interface ViewField {
  readonly column: string
  readonly field: string
  readonly type: string
  readonly documentation: string
  readonly tags: readonly (readonly [string, string])[]
}

export interface View {
  readonly name: string
  readonly source: SourceDeclaration
  readonly entity: EntityDeclaration
  readonly keyTypes: readonly string[]
  readonly ttlMicros: number
  readonly owner: string
  readonly documentation: string
  readonly tags: readonly (readonly [string, string])[]
  readonly fields: readonly ViewField[]
}

/** What one feature needs of the view that it goes into: features that need the same share one. */
interface Placed {
  readonly feature: FeatureDeclaration
  readonly column: string
  readonly type: string
  readonly source: SourceDeclaration
  readonly entity: EntityDeclaration
  readonly ttlMicros: number
  readonly owner: string
  /** Whose windows the feature has; null for the language’s own. */
  readonly system: string | null
  readonly viewName: string | null
}

/** The column of `latest(column) from source by keys`: Feast takes columns as they are. */
const columnOf = (feature: FeatureDeclaration): Outcome<string> => {
  const body = feature.definition
  const expression = body?.expression
  if (!feature.entity || !body?.from)
    return { reason: 'Feast’s features are columns of a source, joined by an entity.' }
  if (expression?.kind !== 'call' || expression.callee.text !== 'latest')
    return { reason: 'Feast does not aggregate: its sources hold aggregates already.' }
  const value = expression.args[0]?.value
  if (value?.kind !== 'name') return { reason: 'Feast takes a column as it is, not an expression.' }
  if (body.where) return { reason: 'Feast has no filter on rows.' }
  if (body.lag) return { reason: 'Feast has no `lag`.' }
  if (body.window && (body.window.kind !== 'time' || body.window.isInclusive))
    return { reason: 'Feast’s `ttl` is a duration.' }
  return { value: value.name.text }
}

const place = (feature: FeatureDeclaration, definitions: Definitions): Outcome<Placed> => {
  const { sources, entities } = definitions
  const column = columnOf(feature)
  if ('reason' in column) return column
  const source = sources.get(feature.definition?.from?.text ?? '')
  const entity = entities.get(feature.entity?.text ?? '')
  if (!source || !entity) return { reason: 'Its source or its entity is not declared.' }
  const file = fileOf(source)
  if ('reason' in file) return { reason: `Its source \`${source.name.text}\`: ${file.reason}` }
  if (file.value.reader !== 'parquet')
    return { reason: `Feast reads Parquet; \`${source.name.text}\` is ${file.value.reader}.` }
  if (!source.time) return { reason: `Feast needs a time, which \`${source.name.text}\` does not name.` }
  const keys = entity.keys.map(({ name }) => name.text)
  const columns = feature.definition?.by.map(({ text }) => text) ?? []
  if (keys.join('\n') !== columns.join('\n'))
    return { reason: `Feast joins by the entity’s own keys (${keys.join(', ')}), and these columns have other names.` }
  const type = feastTypes[feature.type?.text ?? '']
  if (feature.type?.text === 'vector') return { reason: 'Vectors are not carried.' }
  if (!type) return { reason: 'Feast needs its type: write it, as in `feature name: float of …`.' }
  const { window } = feature.definition ?? {}
  const value: Placed = {
    feature,
    column: column.value,
    type,
    source,
    entity,
    ttlMicros: window?.kind === 'time' ? window.duration.micros : 0,
    owner: attributeText(feature, 'owner') ?? '',
    system: systemOf(feature, definitions),
    viewName: viewNameOf(feature),
  }
  return { value }
}

const identityOf = ({ source, entity, ttlMicros, owner, system, viewName }: Placed): string =>
  JSON.stringify([source.name.text, entity.name.text, ttlMicros, owner, system, viewName])

/** Features in views. Those beside each other that can share a view do, so that an import gives them in the same order. */
export const exportViews = (definitions: Definitions, file: string, notes: Notes): readonly View[] => {
  const groups: Placed[][] = []
  for (const feature of definitions.features) {
    const label = `feature ${feature.name.text}`
    const placed = place(feature, definitions)
    if ('reason' in placed) {
      notes.leftOut(label, file, placed.reason)
      continue
    }
    const last = groups.at(-1)
    const [first] = last ?? []
    if (last && first && identityOf(first) === identityOf(placed.value)) last.push(placed.value)
    else groups.push([placed.value])
  }
  const names = new Set<string>()
  const mapped = new Map<string, string>()
  return groups.flatMap((group): readonly View[] => {
    const [first] = group
    const view = first && viewOf(first, group, { file, notes, names, mapped })
    return view ? [view] : []
  })
}

interface ViewScope {
  readonly file: string
  readonly notes: Notes
  readonly names: Set<string>
  /** The field that a column of a source is known by, everywhere, by `source\ncolumn`. */
  readonly mapped: Map<string, string>
}

const viewOf = (first: Placed, group: readonly Placed[], scope: ViewScope): View => {
  const { file, notes, names } = scope
  const wanted = first.viewName ?? `${first.entity.name.text}_${first.source.name.text}`
  let name = wanted
  for (let count = 2; names.has(name.toLowerCase()); count++) name = `${wanted}_${count}`
  names.add(name.toLowerCase())
  const [documentation = ''] = new Set(group.map(({ feature }) => feature.documentation))
  const isShared = group.every(({ feature }) => feature.documentation === documentation)
  const taken = new Set<string>()
  const fields = group.flatMap((placed) => {
    const field = fieldOf(placed, { isDocumented: isShared, tags: sharedTags(group) }, taken, scope)
    const label = `feature ${placed.feature.name.text}`
    if ('reason' in field) {
      notes.leftOut(label, file, field.reason)
      return []
    }
    taken.add(field.value.field)
    notes.carried(label, file)
    for (const remark of remarksOf(placed)) notes.changed(label, file, remark)
    return [field.value]
  })
  if (first.viewName !== null && name !== wanted)
    notes.changed(
      `feature view ${name}`,
      file,
      `\`${wanted}\` is taken by features of another source, entity, ttl or owner.`,
    )
  const keys = first.entity.keys.map((key) => key.name.text)
  return {
    name,
    source: first.source,
    entity: first.entity,
    keyTypes: first.entity.keys.map(({ type }) => feastTypes[type?.text ?? ''] ?? 'String'),
    ttlMicros: first.ttlMicros,
    owner: first.owner,
    documentation: isShared ? documentation : '',
    tags: [
      ...(first.viewName === null ? [[ownTags.madeView, 'made'] as const] : []),
      ...(keys.length > 1 && first.entity.name.text !== keys.join('_')
        ? [[ownTags.entity, first.entity.name.text] as const]
        : []),
      ...(first.system === 'feast' ? [] : [[ownTags.meaning, first.system ?? 'open'] as const]),
      ...sharedTags(group).map(splitTag),
    ],
    fields,
  }
}

const remarksOf = ({ feature, system }: Placed): readonly string[] => [
  ...plainTags(feature).lost.map((tag) => `In Feast a tag has one value: \`${tag}\` is not carried.`),
  ...(attributeOf(feature, 'status')?.value?.kind === 'call' ? ['What replaces it is not carried.'] : []),
  ...(system === 'feast'
    ? []
    : [
        'Feast takes the newest row of [t − ttl, t], whenever it arrived; without `like feast` it is another rule here. A tag keeps it for an import.',
      ]),
  ...(attributeOf(feature, 'default')
    ? ['Feast has no defaults: it gives nothing there. A tag keeps it for an import.']
    : []),
]

/** Tags that all features of a view have are the view’s. */
const sharedTags = (group: readonly Placed[]): readonly string[] => {
  const [first, ...others] = group.map(({ feature }) => plainTags(feature).kept)
  return (first ?? []).filter((tag) => others.every((tags) => tags.includes(tag)))
}

const fieldOf = (
  { feature, column, type, source }: Placed,
  shared: { readonly isDocumented: boolean; readonly tags: readonly string[] },
  taken: ReadonlySet<string>,
  { mapped }: ViewScope,
): Outcome<ViewField> => {
  const name = feature.name.text
  const place = `${source.name.text}\n${column}`
  const known = mapped.get(place)
  const field = known ?? (name === column || name.endsWith(`__${column}`) ? column : name)
  if (taken.has(field)) return { reason: `Feast knows the column \`${column}\` of a source by one name only.` }
  const other = [...mapped].find(
    ([where, to]) => to === field && where !== place && where.startsWith(`${source.name.text}\n`),
  )
  if (other) return { reason: `In Feast \`${field}\` is another column of \`${source.name.text}\` already.` }
  mapped.set(place, field)
  const fallback = literalOf(attributeOf(feature, 'default')?.value)
  const kept = [
    [ownTags.name, field === name ? null : name],
    [ownTags.default, fallback === null ? null : String(fallback)],
    [ownTags.unit, attributeText(feature, 'unit')],
    [ownTags.kind, attributeText(feature, 'kind')],
    [ownTags.status, attributeText(feature, 'status')],
    [ownTags.pii, attributeOf(feature, 'pii') ? 'true' : null],
  ] as const
  const tags = [
    ...kept.flatMap(([tag, value]) => (value === null ? [] : [[tag, value] as const])),
    ...plainTags(feature)
      .kept.filter((tag) => !shared.tags.includes(tag))
      .map(splitTag),
  ]
  return { value: { column, field, type, documentation: shared.isDocumented ? '' : feature.documentation, tags } }
}
