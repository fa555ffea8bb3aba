import type { EntityDeclaration, SourceDeclaration } from '../../language/ast'
import { type Definitions, definitionsOf, type ExportProgram, fileOf } from '../definitions'
import { createNotes, type InterchangeReport, type Notes } from '../report'
import { ownTags } from './description'
import { exportViews, type View } from './exportViews'
import {
  createPythonNames,
  type PythonText,
  pythonCall,
  pythonDuration,
  pythonList,
  pythonString,
  pythonTexts,
} from './python'

export interface FeastExport {
  readonly program: ExportProgram
  /** Name of the Feast project: letters, digits and `_`. */
  readonly project: string
  /** The path that the repository reaches a file of the workspace by. */
  readonly pathFrom: (workspacePath: string) => string
}

/** One file’s features as a Feast repository: its files by name, and what became of each definition. */
export const exportFeast = ({
  program,
  project,
  pathFrom,
}: FeastExport): { readonly files: Readonly<Record<string, string>>; readonly report: InterchangeReport } => {
  const notes = createNotes()
  const definitions = definitionsOf(program)
  for (const model of definitions.models)
    notes.leftOut(`model ${model}`, program.path, 'Feast knows features, not models.')
  const views = exportViews(definitions, program.path, notes)
  tellUnused(definitions, views, program.path, notes)
  const code = writePython(definitions, views, pathFrom)
  return { files: { 'feature_store.yaml': settingsOf(project), 'features.py': code }, report: notes.report() }
}

const settingsOf = (project: string): string => `project: ${project}
provider: local
registry: data/registry.db
online_store:
  type: sqlite
  path: data/online_store.db
entity_key_serialization_version: 3
`

const tellUnused = ({ sources, entities }: Definitions, views: readonly View[], file: string, notes: Notes): void => {
  for (const [name, source] of sources) {
    if (!views.some((view) => view.source === source)) {
      notes.leftOut(`source ${name}`, file, 'No feature that is carried reads it.')
      continue
    }
    notes.carried(`source ${name}`, file)
    if (source.row.length > 0)
      notes.changed(`source ${name}`, file, 'Feast knows no `row`: it breaks ties by `created` alone.')
  }
  for (const name of entities.keys()) notes.carried(`entity ${name}`, file)
}

const valueTypes: Readonly<Record<string, string>> = {
  bool: 'ValueType.BOOL',
  int: 'ValueType.INT64',
  float: 'ValueType.DOUBLE',
  string: 'ValueType.STRING',
  time: 'ValueType.UNIX_TIMESTAMP',
  date: 'ValueType.UNIX_TIMESTAMP',
}

interface PythonEntity {
  readonly variable: string
  readonly name: string
  readonly key: string
}

/** A Feast entity has one key: one of several keys becomes as many, marked as parts of it. */
const writeEntities = (entities: ReadonlyMap<string, EntityDeclaration>, names: (wanted: string) => string) => {
  const lines: PythonText[] = []
  const byEntity = new Map<string, readonly PythonEntity[]>()
  const byKey = new Map<string, PythonEntity>()
  const write = (name: string, key: string, type: string | undefined, part: string | null): PythonEntity => {
    const variable = names(name)
    const tags = part === null ? null : pythonTexts([[ownTags.part, part]], 4)
    const args = [
      ['name', pythonString(name)],
      ['join_keys', `[${pythonString(key)}]`],
      ['value_type', valueTypes[type ?? ''] ?? 'ValueType.STRING'],
      ['tags', tags],
    ] as const
    lines.push(`${variable} = ${pythonCall('Entity', args, variable.length + 3)}`)
    return { variable, name, key }
  }
  const ordered = [...entities.values()].sort((a, b) => Number(a.keys.length > 1) - Number(b.keys.length > 1))
  for (const entity of ordered) {
    const written = entity.keys.map(({ name: key, type }) => {
      const single = entity.keys.length === 1
      const existing = single ? undefined : byKey.get(key.text)
      const made =
        existing ?? write(single ? entity.name.text : key.text, key.text, type?.text, single ? null : entity.name.text)
      if (!byKey.has(key.text)) byKey.set(key.text, made)
      return made
    })
    byEntity.set(entity.name.text, written)
  }
  return { lines, byEntity }
}

const writeSource = (
  source: SourceDeclaration,
  views: readonly View[],
  variable: string,
  pathFrom: (path: string) => string,
): PythonText => {
  const fields = views.filter((view) => view.source === source).flatMap((view) => view.fields)
  const mapping = fields
    .filter(({ column, field }) => column !== field)
    .map(({ column, field }) => [column, field] as const)
  const file = fileOf(source)
  const args = [
    ['name', pythonString(source.name.text)],
    ['path', pythonString('value' in file ? pathFrom(file.value.path) : '')],
    ['timestamp_field', pythonString(source.time?.text ?? '')],
    ['created_timestamp_column', source.created ? pythonString(source.created.text) : null],
    ['field_mapping', pythonTexts([...new Map(mapping)], 4)],
  ] as const
  return `${variable} = ${pythonCall('FileSource', args, variable.length + 3)}`
}

const writeView = (view: View, variable: string, entities: readonly PythonEntity[], source: string): PythonText => {
  const fields = view.fields.map(({ field, type, documentation, tags }) =>
    pythonCall(
      'Field',
      [
        ['name', pythonString(field)],
        ['dtype', type],
        ['description', documentation === '' ? null : pythonString(documentation)],
        ['tags', pythonTexts(tags, 12)],
      ],
      8,
    ),
  )
  const args = [
    ['name', pythonString(view.name)],
    ['entities', `[${entities.map((entity) => entity.variable).join(', ')}]`],
    ['ttl', view.ttlMicros === 0 ? 'timedelta(0)' : pythonDuration(view.ttlMicros)],
    ['schema', pythonList([...keyFields(view, entities), ...fields], 4 + 'schema='.length)],
    ['source', source],
    ['description', view.documentation === '' ? null : pythonString(view.documentation)],
    ['tags', pythonTexts(view.tags, 4 + 'tags='.length)],
    ['owner', view.owner === '' ? null : pythonString(view.owner)],
  ] as const
  return `${variable} = ${pythonCall('FeatureView', args, variable.length + 3)}`
}

/** The join keys stand in the schema with their types, which is how Feast learns those. */
const keyFields = (view: View, entities: readonly PythonEntity[]): readonly PythonText[] =>
  entities.map(({ key }, index) => `Field(name=${pythonString(key)}, dtype=${view.keyTypes[index] ?? 'String'})`)

const writePython = (
  { sources, entities }: Definitions,
  views: readonly View[],
  pathFrom: (path: string) => string,
): string => {
  const names = createPythonNames()
  const written = writeEntities(entities, names)
  const variables = new Map<SourceDeclaration, string>()
  const sourceLines = [...sources.values()]
    .filter((source) => views.some((view) => view.source === source))
    .map((source) => {
      const variable = names(source.name.text.endsWith('_source') ? source.name.text : `${source.name.text}_source`)
      variables.set(source, variable)
      return writeSource(source, views, variable, pathFrom)
    })
  const viewLines = views.map((view) =>
    writeView(
      view,
      names(view.name),
      written.byEntity.get(view.entity.name.text) ?? [],
      variables.get(view.source) ?? 'None',
    ),
  )
  const body = [...written.lines, ...sourceLines, ...viewLines].join('\n\n')
  const types = ['Bool', 'Float64', 'Int64', 'String', 'UnixTimestamp'].filter((type) => body.includes(`dtype=${type}`))
  return [
    '"""Feature definitions, exported from Pro-ML."""\n',
    ...(viewLines.length > 0 ? ['from datetime import timedelta\n'] : []),
    'from feast import Entity, FeatureView, Field, FileSource, ValueType',
    ...(types.length > 0 ? [`from feast.types import ${types.join(', ')}`] : []),
    `\n${body}\n`,
  ].join('\n')
}
