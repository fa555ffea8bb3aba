import type { TypeOfColumn } from '../places'
import { type EntityPiece, type FeaturePiece, isWritableName, type SourcePiece, writeProgram } from '../proml'
import { createNotes, type InterchangeReport, type Notes, type Outcome } from '../report'
import {
  type FeastDescription,
  type FeastEntity,
  type FeastView,
  feastEntitySchema,
  feastOnDemandSchema,
  feastSourceSchema,
  feastViewSchema,
  ownTags,
  typeOfValueType,
} from './description'
import { importField } from './importFields'
import { importFileSource } from './importSources'

export interface FeastImport {
  readonly description: FeastDescription
  /** The repository’s folder, relative to the workspace; empty for the workspace itself. */
  readonly folder: string
  /** Absolute path of the workspace. */
  readonly root: string
  /** For join keys whose type no schema says. */
  readonly typeOfColumn: TypeOfColumn
}

interface Scope {
  readonly typeOfColumn: TypeOfColumn
  readonly notes: Notes
  readonly folder: string
  readonly root: string
  readonly declared: ReadonlyMap<string, FeastEntity>
  readonly sources: Map<string, Outcome<SourcePiece>>
  readonly entities: Map<string, EntityPiece>
}

const unlike: Readonly<Record<string, string>> = {
  'stream feature view': 'Features over streams have no counterpart yet.',
  'on-demand feature view': 'It is computed by Python code; a feature here is an expression.',
  'label view': 'Labels that people edit have no counterpart.',
  'feature service': 'A model’s `use` statements say which features it takes.',
  permission: 'Who may read is said by the registry.',
  project: 'A workspace needs no name of a project.',
}

/** Settings that say where Feast runs, and nothing about features. */
const ofRunning = [
  'registry',
  'provider',
  'online_store',
  'offline_store',
  'auth',
  'batch_engine',
  'feature_server',
  'materialization',
]

const specsOf = (description: FeastDescription, kind: string) =>
  description.definitions.filter((definition) => definition.kind === kind)

/** A Feast repository as one Pro-ML program, and what became of every definition in it. */
export const importFeast = ({
  description,
  folder,
  root,
  typeOfColumn,
}: FeastImport): { readonly text: string; readonly report: InterchangeReport } => {
  const notes = createNotes()
  const views = specsOf(description, 'feature view').flatMap(({ name, spec, problem }): readonly FeastView[] => {
    const view = feastViewSchema.safeParse(spec)
    if (!view.success)
      notes.leftOut(`feature view ${name}`, folder, problem ?? 'Feast describes it in a form that is not known.')
    return view.success ? [view.data.spec] : []
  })
  const scope: Scope = {
    notes,
    folder,
    root,
    typeOfColumn,
    declared: new Map(
      specsOf(description, 'entity').flatMap(({ name, spec }) => {
        const entity = feastEntitySchema.safeParse(spec)
        return entity.success ? [[name, entity.data.spec] as const] : []
      }),
    ),
    sources: new Map(),
    entities: new Map(),
  }
  importSources(description, scope)
  importEntities(views, scope)
  const features = importViews(views, scope)
  const comments = tellTheRest(description, scope)
  const report = notes.report()
  const pieces = {
    origin: `the Feast repository ${folder === '' ? 'of this folder' : folder}`,
    sources: [...scope.sources.values()].flatMap((found) => ('value' in found ? [found.value] : [])),
    entities: [...scope.entities.values()],
    features,
  }
  return { text: writeProgram(pieces, report.leftOut, comments), report }
}

const importSources = (description: FeastDescription, { sources, notes, folder, root }: Scope): void => {
  for (const { name, spec, problem } of specsOf(description, 'data source')) {
    const source = feastSourceSchema.safeParse(spec)
    if (!source.success) {
      sources.set(name, { reason: problem ?? 'Feast describes it in a form that is not known.' })
      notes.leftOut(`source ${name}`, folder, problem ?? 'Feast describes it in a form that is not known.')
      continue
    }
    // A push source is read by the views through the file source behind it, which is listed too.
    const found = importFileSource(source.data, folder, root, (reason) =>
      notes.changed(`source ${name}`, folder, reason),
    )
    sources.set(name, found)
    if ('reason' in found) notes.leftOut(`source ${name}`, folder, found.reason)
    else notes.carried(`source ${name}`, folder)
  }
}

const keyTypes: ReadonlySet<string> = new Set(['bool', 'int', 'float', 'string', 'date', 'time'])

/** Type of a join key: as a view’s schema says, else as the entity does, else as the file has it. */
const keyTypeOf = (
  entity: FeastEntity,
  views: readonly FeastView[],
  { sources, typeOfColumn }: Scope,
): string | null => {
  const own = views.filter((view) => view.entities.includes(entity.name))
  const columns = own.flatMap((view) => view.entity_columns)
  const written = columns.find((column) => column.name === entity.join_key)?.value_type ?? entity.value_type
  const said = typeOfValueType[written]
  if (said) return said
  const found = own.map((view) => {
    const source = sources.get(view.batch_source?.name ?? '')
    return source && 'value' in source ? typeOfColumn(source.value.path, entity.join_key) : null
  })
  return found.find((type) => type !== null && keyTypes.has(type)) ?? null
}

const importEntities = (views: readonly FeastView[], scope: Scope): void => {
  const { declared, entities, notes, folder } = scope
  for (const [name, entity] of declared) {
    if (entity.tags[ownTags.part] !== undefined) continue
    const type = keyTypeOf(entity, views, scope)
    if (!isWritableName(name) || !isWritableName(entity.join_key)) {
      notes.leftOut(`entity ${name}`, folder, 'Its name cannot be written.')
      continue
    }
    if (type === null)
      notes.changed(
        `entity ${name}`,
        folder,
        `Nothing says the type of \`${entity.join_key}\`: taken to be \`string\`.`,
      )
    if (entity.description !== '' || entity.owner !== '' || Object.keys(entity.tags).length > 0)
      notes.changed(`entity ${name}`, folder, 'An entity here has no description, tags or owner.')
    entities.set(name, { name, keys: [{ name: entity.join_key, type: type ?? 'string' }] })
    notes.carried(`entity ${name}`, folder)
  }
}

/** The entity of a view: its own where it has one, one of all their keys where it has several. */
const entityOf = (view: FeastView, views: readonly FeastView[], scope: Scope): Outcome<EntityPiece> => {
  const names = view.entities.filter((name) => name !== '__dummy')
  if (names.length === 0) return { reason: 'It has no entity: its values are the same for everything.' }
  const name = view.tags[ownTags.entity] ?? names.join('_')
  const existing = scope.entities.get(name)
  if (existing) return { value: existing }
  const parts = names.map((each) => scope.declared.get(each))
  const keys = parts.flatMap((part) =>
    part ? [{ name: part.join_key, type: keyTypeOf(part, views, scope) ?? 'string' }] : [],
  )
  if (keys.length !== names.length)
    return { reason: `One of its entities ${names.join(', ')} is not in the repository.` }
  const entity: EntityPiece = { name, keys }
  scope.entities.set(name, entity)
  scope.notes.carried(`entity ${name}`, scope.folder)
  return { value: entity }
}

const importViews = (views: readonly FeastView[], scope: Scope): readonly FeaturePiece[] => {
  const { notes, folder, sources } = scope
  const counts = new Map<string, number>()
  for (const field of views.flatMap((view) => view.features)) counts.set(field.name, (counts.get(field.name) ?? 0) + 1)
  const taken = new Set<string>()
  return views.flatMap((view) => {
    const label = `feature view ${view.name}`
    const source = view.batch_source ? sources.get(view.batch_source.name) : undefined
    const entity = entityOf(view, views, scope)
    const reason =
      'reason' in entity
        ? entity.reason
        : view.feature_transformation
          ? 'It is computed by code of its own.'
          : !source || 'reason' in source
            ? `Its source \`${view.batch_source?.name ?? ''}\` is not carried.`
            : view.features.length === 0
              ? 'It declares no schema; Feast would take every column of the file. List the fields.'
              : null
    if (reason !== null || 'reason' in entity || !source || 'reason' in source) {
      notes.leftOut(label, folder, reason ?? '')
      return []
    }
    if (view.stream_source)
      notes.changed(
        label,
        folder,
        `What is pushed through \`${view.stream_source.name}\` is not seen; its batch source is read.`,
      )
    return view.features.flatMap((field) => {
      const isAmbiguous = (counts.get(field.name) ?? 0) > 1
      const imported = importField(field, { view, source: source.value, entity: entity.value, isAmbiguous, taken })
      if ('reason' in imported) {
        notes.leftOut(`feature ${view.name}:${field.name}`, folder, imported.reason)
        return []
      }
      const { piece, changed } = imported.value
      taken.add(piece.name)
      notes.carried(`feature ${piece.name}`, folder)
      for (const remark of changed) notes.changed(`feature ${piece.name}`, folder, remark)
      return [piece]
    })
  })
}

/** Lists what has no counterpart; Python code is handed back, to be kept as a comment. */
const tellTheRest = ({ settings, definitions }: FeastDescription, { notes, folder }: Scope): readonly string[] => {
  const comments: string[] = []
  for (const { kind, name, spec } of definitions) {
    const reason = unlike[kind]
    if (reason === undefined) continue
    notes.leftOut(`${kind} ${name}`, folder, reason)
    const code = feastOnDemandSchema.safeParse(spec).data?.spec.feature_transformation?.user_defined_function?.body_text
    if (code) comments.push(code)
  }
  const settled = ofRunning.filter((name) => settings?.[name] !== undefined)
  if (settled.length > 0)
    notes.leftOut('feature_store.yaml', folder, `Where Feast runs is not carried: ${settled.join(', ')}.`)
  return comments
}
