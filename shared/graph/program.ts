import { StudioError } from '../errors'
import type { CheckedProgram } from '../language/check/check'
import { typeText } from '../language/check/types'
import { buildGraph, modelNames } from './build'
import type { FeatureGraph } from './graph'

/**
 * The graph of a file of a checked workspace: of the model that is named, of its first one, or of its features where it
 * has none.
 */
export const programGraph = (program: CheckedProgram, path: string, model?: string): FeatureGraph => {
  const document = program.documents.get(path)
  if (!document) throw new StudioError('not_found', `There is no program \`${path}\`.`, { place: { file: path } })
  const models = modelNames(document)
  if (model !== undefined && !models.includes(model))
    throw new StudioError('not_found', `\`${path}\` has no model \`${model}\`.`, {
      hint: models.length === 0 ? 'Declare one with `model`.' : `It has: ${models.join(', ')}.`,
      place: { file: path },
    })
  const namespace = document.namespace?.text
  const symbols = program.namespaces.get(namespace ?? '')
  const wanted = new Set(document.imports.map(({ from }) => from?.text))
  const types = new Map<string, string>()
  for (const [name, { uses }] of symbols?.models ?? [])
    for (const { statement, value } of uses)
      if (value.type !== 'unknown') types.set(`use:${name}/${statement.name.text}`, typeText(value.type, value.width))
  return buildGraph(document, model ?? models[0] ?? null, {
    types,
    errors: program.diagnostics
      .filter(({ file, severity }) => file === path && severity === 'error')
      .map(({ span }) => span),
    columns: new Map([...(symbols?.sources ?? [])].map(([name, { columns }]) => [name, new Set(columns?.keys())])),
    foreign: [...program.documents].flatMap(([file, other]) => (wanted.has(file) ? [{ file, document: other }] : [])),
    others: [...program.documents]
      .filter(([file, other]) => file !== path && other.namespace?.text === namespace)
      .map(([file, other]) => ({ file, document: other })),
  })
}
