import type { EntityDeclaration, FeatureDeclaration, SourceDeclaration } from '../../language/ast'
import { attributeText, type Definitions, definitionsOf, type ExportProgram, fileOf, systemOf } from '../definitions'
import { createNotes, type InterchangeReport, type Notes, type Outcome } from '../report'
import { exportDerived, exportFeature } from './exportFeatures'
import { type HoconObject, writeHocon } from './hocon'

/** One file’s features as Feathr’s feature configuration, and what became of each. */
export const exportFeathr = (program: ExportProgram): { readonly text: string; readonly report: InterchangeReport } => {
  const notes = createNotes()
  const definitions = definitionsOf(program)
  for (const model of definitions.models)
    notes.leftOut(`model ${model}`, program.path, 'Feathr knows features, not models.')
  const sources = exportSources(definitions, program.path, notes)
  const anchored = exportAnchors(definitions, program.path, sources, notes)
  const derivations = exportDerivations(definitions, anchored.entityOf, program.path, notes)
  const text = writeHocon({
    ...(Object.keys(sources).length > 0 ? { sources } : {}),
    ...(Object.keys(anchored.anchors).length > 0 ? { anchors: anchored.anchors } : {}),
    ...(Object.keys(derivations).length > 0 ? { derivations } : {}),
  })
  return { text, report: notes.report() }
}

const sourceOf = (source: SourceDeclaration): Outcome<HoconObject> => {
  const file = fileOf(source)
  if ('reason' in file) return file
  return {
    value: {
      location: { path: file.value.path },
      timeWindowParameters: source.time
        ? { timestampColumn: source.time.text, timestampColumnFormat: 'yyyy-MM-dd HH:mm:ss' }
        : undefined,
    },
  }
}

const exportSources = ({ sources }: Definitions, file: string, notes: Notes): Record<string, HoconObject> => {
  const written: Record<string, HoconObject> = {}
  for (const [name, source] of sources) {
    const found = sourceOf(source)
    if ('reason' in found) {
      notes.leftOut(`source ${name}`, file, found.reason)
      continue
    }
    written[name] = found.value
    notes.carried(`source ${name}`, file)
    if (source.time)
      notes.changed(
        `source ${name}`,
        file,
        'Feathr reads its times as of America/Los_Angeles unless the job names a time zone; here they are UTC.',
      )
    if (source.created)
      notes.changed(`source ${name}`, file, 'Feathr knows no `created`: it also uses rows that had not arrived yet.')
    if (source.row.length > 0)
      notes.changed(`source ${name}`, file, 'Feathr knows no `row`: among rows of one time it takes any.')
  }
  return written
}

/** Attributes that Feathr has no place for. */
const homeless = ['unit', 'owner', 'tags', 'status', 'pii'] as const

const tellAttributes = (feature: FeatureDeclaration, file: string, notes: Notes): void => {
  const label = `feature ${feature.name.text}`
  const lost: string[] = homeless.filter((name) => feature.attributes.some((attribute) => attribute.name.text === name))
  if (feature.documentation !== '') lost.push('documentation')
  if (feature.type && attributeText(feature, 'kind') !== null) lost.push('kind')
  if (lost.length > 0) notes.changed(label, file, `Feathr has no place for its ${lost.join(', ')}.`)
}

const settle = <T>(
  feature: FeatureDeclaration,
  outcome: Outcome<{ readonly value: T; readonly changed: readonly string[] }>,
  file: string,
  notes: Notes,
): T | null => {
  const label = `feature ${feature.name.text}`
  if ('reason' in outcome) {
    notes.leftOut(label, file, outcome.reason)
    return null
  }
  notes.carried(label, file)
  tellAttributes(feature, file, notes)
  for (const remark of outcome.value.changed) notes.changed(label, file, remark)
  return outcome.value.value
}

/** Where a feature hangs: features beside each other with one source and one key share an anchor. */
const placeOf = (
  feature: FeatureDeclaration,
  { entities }: Definitions,
  sources: Readonly<Record<string, HoconObject>>,
): Outcome<{ readonly source: string; readonly columns: readonly string[]; readonly entity: EntityDeclaration }> => {
  const source = feature.definition?.from?.text ?? ''
  const entity = entities.get(feature.entity?.text ?? '')
  if (!feature.entity) return { reason: 'It is of single rows: Feathr computes those from the observation itself.' }
  if (!entity) return { reason: `Its entity \`${feature.entity.text}\` is not declared.` }
  if (!sources[source]) return { reason: `Its source \`${source}\` is not carried.` }
  return { value: { source, columns: feature.definition?.by.map(({ text }) => text) ?? [], entity } }
}

const exportAnchors = (
  definitions: Definitions,
  file: string,
  sources: Readonly<Record<string, HoconObject>>,
  notes: Notes,
) => {
  const anchors: Record<string, { source: string; key: HoconObject; features: Record<string, HoconObject> }> = {}
  const entityOf = new Map<string, EntityDeclaration>()
  const renamed = new Set<string>()
  let current = ''
  let currentPlace = ''
  for (const feature of definitions.features.filter(({ definition }) => definition?.from)) {
    const place = placeOf(feature, definitions, sources)
    const source = 'value' in place ? definitions.sources.get(place.value.source) : undefined
    const exported = settle(
      feature,
      'reason' in place
        ? place
        : exportFeature(feature, { hasTime: source?.time !== null, system: systemOf(feature, definitions) }),
      file,
      notes,
    )
    if (exported === null || 'reason' in place) continue
    const { columns, entity } = place.value
    const keys = entity.keys.map(({ name }) => name.text)
    const identity = JSON.stringify([place.value.source, entity.name.text, columns])
    if (identity !== currentPlace) {
      const base = `${place.value.source}_${entity.name.text}`
      current = base
      for (let count = 2; anchors[current]; count++) current = `${base}_${count}`
      currentPlace = identity
      const keyAlias = columns.join() === keys.join() ? undefined : keys
      anchors[current] = {
        source: place.value.source,
        key: { sqlExpr: columns.map(columnExpression), keyAlias },
        features: {},
      }
    }
    const anchor = anchors[current]
    if (anchor) anchor.features[feature.name.text] = exported
    entityOf.set(feature.name.text, entity)
    if (entity.name.text !== keys.join('_') && !renamed.has(entity.name.text)) {
      renamed.add(entity.name.text)
      notes.changed(
        `entity ${entity.name.text}`,
        file,
        `Feathr has keys and no entities: it is known by \`${keys.join(', ')}\`.`,
      )
    }
  }
  return { anchors, entityOf }
}

const columnExpression = (column: string): string => (/^[A-Za-z_]\w*$/.test(column) ? column : `\`${column}\``)

const exportDerivations = (
  { features }: Definitions,
  anchored: ReadonlyMap<string, EntityDeclaration>,
  file: string,
  notes: Notes,
): Record<string, HoconObject> => {
  const known = new Map(anchored)
  const written: Record<string, HoconObject> = {}
  let waiting = features.filter(({ definition }) => !definition?.from)
  const keysOf = (name: string): readonly string[] | null => known.get(name)?.keys.map((key) => key.name.text) ?? null
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    const names = new Set(waiting.map(({ name }) => name.text))
    waiting = waiting.filter((feature) => {
      const outcome = exportDerived(feature, keysOf, (name) => names.has(name))
      if (outcome === null) return true
      isMoving = true
      const exported = settle(feature, outcome, file, notes)
      const [read] = exported?.reads ?? []
      const entity = known.get(read ?? '')
      if (exported && entity) {
        written[feature.name.text] = exported.config
        known.set(feature.name.text, entity)
      }
      return false
    })
  }
  for (const feature of waiting) settle(feature, { reason: 'It needs itself, by way of others.' }, file, notes)
  return written
}
