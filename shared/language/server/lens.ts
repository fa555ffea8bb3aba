import type { CodeLens } from 'vscode-languageserver-types'
import { counted } from '../../counted'
import type { FeatureDeclaration } from '../ast'
import type { CheckedModel } from '../check/symbols'
import type { Analysis } from './analysis'
import { previewCommand, type RunArgument, showUsersCommand, trainCommand } from './commands'
import { locationOf } from './navigation'
import { placesOf } from './target'
import { rangeOf } from './text'
import { usersOf } from './users'
import type { Snapshot } from './workspace'

/** What can be done with each model and feature, above it. Places are found when a lens comes into sight. */
export const lensesOf = (snapshot: Snapshot, analysis: Analysis): CodeLens[] =>
  analysis.document.declarations.flatMap((declaration) => {
    if (declaration.kind !== 'model' && declaration.kind !== 'feature') return []
    const range = rangeOf(analysis.text, declaration.name.span)
    if (declaration.kind === 'feature') return featureLenses(snapshot, analysis, declaration)
    const argument = argumentOf(analysis, declaration.name.text, null)
    return [
      { range, command: { title: `Train ${declaration.name.text}`, command: trainCommand, arguments: [argument] } },
      { range, command: { title: 'Preview', command: previewCommand, arguments: [argument] } },
    ]
  })

const argumentOf = ({ uri, file, namespace }: Analysis, model: string | null, feature: string | null): RunArgument => ({
  uri,
  path: file,
  namespace: namespace.name,
  model,
  feature,
})

function featureLenses(snapshot: Snapshot, analysis: Analysis, { name }: FeatureDeclaration): CodeLens[] {
  const range = rangeOf(analysis.text, name.span)
  const models = modelsUsing(snapshot, analysis, name.text)
  const used = {
    range,
    data: { uri: analysis.uri, feature: name.text },
    ...(models.length === 0 ? { command: { title: 'used by no model', command: '' } } : {}),
  }
  const [first] = models
  if (!first) return [used]
  const argument = { ...argumentOf(analysis, first.declaration.name.text, name.text), path: first.file }
  return [{ range, command: { title: 'Preview', command: previewCommand, arguments: [argument] } }, used]
}

const modelsUsing = (snapshot: Snapshot, { namespace }: Analysis, name: string): CheckedModel[] => {
  const feature = namespace.symbols?.features.get(name)
  return feature ? [...(usersOf(snapshot).get(feature) ?? [])] : []
}

/** “used by 3 models”, with the places that mean the feature. */
export function resolveLens(snapshot: Snapshot, analysis: Analysis, lens: CodeLens, feature: string): CodeLens {
  const named = analysis.names.byId.get(`feature:${feature}`)
  if (!named) return lens
  const models = modelsUsing(snapshot, analysis, feature).length
  const target = { kind: 'name', span: named.nameSpan, home: analysis, named, alias: null } as const
  const places = placesOf(snapshot, analysis, target).filter(
    (place) => place.analysis !== analysis || place.span.start !== named.nameSpan.start,
  )
  return {
    ...lens,
    command: {
      title: `used by ${counted(models, 'model')}`,
      command: showUsersCommand,
      arguments: [analysis.uri, lens.range.start, places.map(locationOf)],
    },
  }
}
