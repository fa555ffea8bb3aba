import type { TypeOfColumn } from '../places'
import { type FeaturePiece, isWritableName, writeProgram } from '../proml'
import { createNotes, type InterchangeReport, type Notes, type Outcome } from '../report'
import { type FeathrFile, isSection, section, textOf, textsOf } from './config'
import { importDerivation } from './importDerivations'
import { type Entities, importEntities } from './importEntities'
import { type ImportedFeature, importFeature } from './importFeatures'
import { importSources, type Sources } from './importSources'

export interface FeathrImport {
  readonly files: readonly FeathrFile[]
  /** Absolute path of the workspace: what lies in it keeps its place. */
  readonly root: string
  readonly typeOfColumn: TypeOfColumn
}

interface Scope {
  readonly notes: Notes
  readonly sources: Sources
  readonly entities: Entities
  readonly features: Map<string, FeaturePiece>
}

const sections = new Set(['sources', 'anchors', 'derivations'])

/** Feathr’s feature configuration as one Pro-ML program, and what became of every definition in it. */
export const importFeathr = ({
  files,
  root,
  typeOfColumn,
}: FeathrImport): { readonly text: string; readonly report: InterchangeReport } => {
  const notes = createNotes()
  const definitions = files.filter(({ path, config }) => {
    const names = isSection(config) ? Object.keys(config) : []
    const isFeatureConfig = names.some((name) => sections.has(name))
    if (!isFeatureConfig)
      notes.leftOut(path, path, 'It is no feature configuration: it has neither sources, anchors nor derivations.')
    else
      for (const name of names)
        if (!sections.has(name)) notes.leftOut(`section ${name}`, path, `The section \`${name}\` has no counterpart.`)
    return isFeatureConfig
  })
  const scope: Scope = {
    notes,
    sources: importSources(definitions, root, notes),
    entities: importEntities(typeOfColumn, notes),
    features: new Map(),
  }
  for (const file of definitions) importAnchors(file, scope)
  importDerivations(definitions, scope)
  const report = notes.report()
  const pieces = {
    origin: `Feathr’s ${definitions.map(({ path }) => path).join(', ')}`,
    sources: scope.sources.all(),
    entities: scope.entities.all(),
    features: [...scope.features.values()],
  }
  return { text: writeProgram(pieces, report.leftOut), report }
}

/** Writes down what became of a feature. */
const settle = (name: string, file: string, outcome: Outcome<ImportedFeature>, { notes, features }: Scope): void => {
  const label = `feature ${name}`
  const reason =
    'reason' in outcome
      ? outcome.reason
      : features.has(name)
        ? 'Another feature has this name.'
        : isWritableName(name)
          ? null
          : 'Its name cannot be written.'
  if (reason !== null || 'reason' in outcome) {
    notes.leftOut(label, file, reason ?? '')
    return
  }
  const { piece, changed, warnings } = outcome.value
  features.set(name, piece)
  notes.carried(label, file)
  for (const remark of changed) notes.changed(label, file, remark)
  for (const remark of warnings) notes.warning(label, file, remark)
}

const ownCode = ['extractor', 'transformer', 'keyExtractor', 'lateralViewParameters'] as const

const importAnchors = ({ path: file, config }: FeathrFile, scope: Scope): void => {
  for (const [anchorName, value] of Object.entries(section(section(config).anchors))) {
    const anchor = section(value)
    const features: readonly (readonly [string, unknown])[] = Array.isArray(anchor.features)
      ? (textsOf(anchor.features) ?? []).map((name) => [name, {}] as const)
      : Object.entries(section(anchor.features))
    if (features.length === 0) scope.notes.leftOut(`anchor ${anchorName}`, file, 'It has no features.')
    const code = ownCode.find((field) => anchor[field] !== undefined)
    const source: ReturnType<Sources['find']> = code
      ? { reason: `Its anchor \`${anchorName}\` has a \`${code}\`, which is code of its own.` }
      : scope.sources.find(textOf(anchor.source) ?? '', file)
    const key = 'reason' in source ? source : scope.entities.of(anchor, source.value, file)
    for (const [name, feature] of features)
      settle(
        name,
        file,
        'reason' in source ? source : 'reason' in key ? key : importFeature(name, feature, source.value, key.value),
        scope,
      )
  }
}

/** Derivations may read each other in any order: round by round, until none is left that can be settled. */
const importDerivations = (files: readonly FeathrFile[], scope: Scope): void => {
  let waiting = files.flatMap(({ path, config }) =>
    Object.entries(section(section(config).derivations)).map(([name, value]) => ({ name, value, file: path })),
  )
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    const names = new Set(waiting.map(({ name }) => name))
    waiting = waiting.filter(({ name, value, file }) => {
      const outcome = importDerivation(name, value, scope.features, (read) => read !== name && names.has(read))
      if (outcome === null) return true
      isMoving = true
      settle(name, file, outcome, scope)
      return false
    })
  }
  for (const { name, file } of waiting)
    settle(name, file, { reason: 'It needs itself, by way of other derivations.' }, scope)
}
