import { referenceOf } from '../data/reference'
import { StudioError } from '../errors'
import { type CheckedProgram, modelsOf } from '../language/check/check'
import { type CheckedFeature, featureNamed } from '../language/check/symbols'
import { nearest } from '../language/nearest'
import { quoteName } from '../sql/quote'
import { compileTrainingSet } from '../sql/trainingSet'
import { findFeature } from './preview'
import { type FeatureQuestion, featureQuestion, keySpine, questionPlan } from './question'

/** Features of one entity that are materialised together. Names are whole: `flights.airport_delay_3h`. */
export interface MaterialisedSet {
  readonly entity: string
  readonly question: FeatureQuestion
  /** By name, in the order of `question.wanted`. */
  readonly features: readonly string[]
}

export interface Choice {
  readonly path: string
  /** Those that this model of the file uses. */
  readonly model?: string
  /** Those with these names; without either, all that the file defines. */
  readonly features?: readonly string[]
}

/** A name that means the same wherever it is said. */
const wholeName = ({ namespace, declaration }: Pick<CheckedFeature, 'namespace'> & Named): string =>
  namespace === '' ? declaration.name.text : `${namespace}.${declaration.name.text}`

interface Named {
  readonly declaration: { readonly name: { readonly text: string } }
}

/** A name that `findFeature` takes for this very feature, in the namespace without a name too. */
const findable = ({ namespace, declaration }: CheckedFeature): string => `${namespace}.${declaration.name.text}`

const usedBy = (program: CheckedProgram, path: string, model: string): CheckedFeature[] => {
  const ofFile = modelsOf(program).filter(({ file }) => file === path)
  const names = ofFile.map(({ declaration }) => declaration.name.text)
  const found = ofFile.find(({ declaration }) => declaration.name.text === model)
  const symbols = found && program.namespaces.get(found.namespace)
  if (!found || !symbols) {
    const near = nearest(model, names)
    throw new StudioError('not_found', `\`${path}\` has no model \`${model}\`.`, {
      hint:
        names.length === 0
          ? 'It has no models at all; name features with `--feature`.'
          : `It has ${(near.length > 0 ? near : names).map((name) => `\`${name}\``).join(', ')}.`,
    })
  }
  return found.uses.flatMap(({ feature }) => (feature === null ? [] : (featureNamed(symbols, feature) ?? [])))
}

const chosen = (program: CheckedProgram, { path, model, features }: Choice): CheckedFeature[] => {
  if (features && features.length > 0) return features.map((name) => findFeature(program, name, path).feature)
  const all =
    model !== undefined
      ? usedBy(program, path, model)
      : [...program.namespaces.values()].flatMap((symbols) =>
          [...symbols.features.values()].filter(({ file }) => file === path),
        )
  const found = all.filter(({ entity }) => entity !== null)
  if (found.length > 0) return found
  throw new StudioError(
    'invalid_input',
    `\`${path}\` ${model === undefined ? 'defines' : 'uses'} no features of an entity.`,
    {
      hint: 'What describes rows alone is computed with the row; there is nothing to look up for it.',
    },
  )
}

/** What is chosen, by entity, in the order of names: one choice said in two ways is one set. Fails as `featureQuestion` does. */
export const materialisedSets = (program: CheckedProgram, choice: Choice): MaterialisedSet[] => {
  const byEntity = new Map<unknown, CheckedFeature[]>()
  for (const feature of new Set(chosen(program, choice)))
    byEntity.set(feature.entity, [...(byEntity.get(feature.entity) ?? []), feature])
  return [...byEntity.values()]
    .map((list): MaterialisedSet => {
      const sorted = list.toSorted((a, b) => (wholeName(a) < wholeName(b) ? -1 : 1))
      const entity = sorted[0]?.entity
      const question = featureQuestion(program, sorted.map(findable), choice.path)
      // Said before anything is computed.
      keySpine(question)
      return { entity: entity ? wholeName(entity) : '', question, features: sorted.map(wholeName) }
    })
    .toSorted((a, b) => (a.entity < b.entity ? -1 : 1))
}

/** Each feature’s own definition, by its whole name. */
export const definitionsOf = (
  program: CheckedProgram,
  { path, features }: Required<Omit<Choice, 'model'>>,
): Map<string, string> =>
  new Map(
    features.map((name) => {
      const { feature } = findFeature(program, name, path)
      return [wholeName(feature), definitionText(featureQuestion(program, [findable(feature)], path))]
    }),
  )

/**
 * A feature’s definition by its whole name; null where there is none, undefined where errors in the programs keep that
 * from being told.
 */
export const definitionNow = (program: CheckedProgram, name: string): string | null | undefined => {
  const dot = name.lastIndexOf('.')
  const feature = program.namespaces.get(name.slice(0, Math.max(0, dot)))?.features.get(name.slice(dot + 1))
  if (!feature) return program.diagnostics.some(({ severity }) => severity === 'error') ? undefined : null
  try {
    return definitionText(featureQuestion(program, [findable(feature)], feature.file))
  } catch {
    return undefined
  }
}

/**
 * All that decides what values come out of given rows, as text: the statement over named sources, what these read, and
 * the types. A change of documentation, owner or place in the file leaves it as it is.
 */
export const definitionText = (question: FeatureQuestion): string => {
  const spine = keySpine(question)
  const sql = compileTrainingSet(questionPlan(question, spine), {
    tables: Object.fromEntries(question.sources.map(({ name }) => [name, quoteName(name)])),
    observations: { table: 'asked', columns: spine.columns.map(({ name }) => name) },
    keepUnlabelled: true,
  })
  const sources = question.sources.map((source) => [referenceOf(source), source.timeColumn, source.createdColumn])
  return JSON.stringify([sql, sources, question.wanted, question.keys.map(({ name, type }) => [name, type])])
}
