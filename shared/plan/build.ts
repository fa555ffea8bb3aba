import { type CheckedProgram, modelsOf } from '../language/check/check'
import { dependencyOrder } from '../language/check/order'
import { type CheckedFeature, type CheckedModel, type CheckedSource, featureNamed } from '../language/check/symbols'
import type { Diagnostic } from '../language/diagnostic'
import { type PlanNames, planNames } from './names'
import type { FeaturePlan, ModelPlan } from './plan'

export type PlanResult =
  | { readonly ok: true; readonly plan: ModelPlan }
  | { readonly ok: false; readonly reason: 'no_model'; readonly models: readonly string[] }
  /** Errors of the model and of what it needs; of the whole program where those alone do not explain it. */
  | { readonly ok: false; readonly reason: 'errors'; readonly model: string; readonly errors: readonly Diagnostic[] }
  /** Schemas are not known yet: see `needs` of the program. */
  | { readonly ok: false; readonly reason: 'needs'; readonly model: string; readonly needs: readonly string[] }

/** The plan of a model of a file: of the one that is named, or of the only one that the file has. */
export const planModel = (program: CheckedProgram, path: string, model?: string): PlanResult => {
  const inFile = modelsOf(program).filter(({ file }) => file === path)
  const found =
    model === undefined ? (inFile.length === 1 ? inFile[0] : undefined) : inFile.find((each) => nameOf(each) === model)
  if (!found) return { ok: false, reason: 'no_model', models: inFile.map(nameOf) }
  const name = nameOf(found)
  const symbols = program.namespaces.get(found.namespace)
  if (!symbols) return { ok: false, reason: 'no_model', models: [] }

  const features = neededFeatures(found, program)
  const sources = neededSources(found, features)
  const errors = errorsOf(program, found, features, sources)
  if (errors.length > 0) return { ok: false, reason: 'errors', model: name, errors }
  if (program.needs.length > 0) return { ok: false, reason: 'needs', model: name, needs: program.needs }
  const plan = assemble(found, features, sources, planNames(found, program))
  if (plan) return { ok: true, plan }
  const others = program.diagnostics.filter(({ severity }) => severity === 'error')
  return { ok: false, reason: 'errors', model: name, errors: others }
}

const nameOf = ({ declaration }: CheckedModel): string => declaration.name.text

/** Every feature that the model reads, of whatever namespace, each after what it depends on. */
const neededFeatures = (model: CheckedModel, program: CheckedProgram): readonly CheckedFeature[] => {
  const found = new Map<string, CheckedFeature>()
  const keyOf = (namespace: string, name: string): string[] => {
    const symbols = program.namespaces.get(namespace)
    const feature = symbols && featureNamed(symbols, name)
    if (!feature) return []
    const key = `${feature.namespace}\0${feature.declaration.name.text}`
    found.set(key, feature)
    return [key]
  }
  const roots = model.uses.flatMap(({ feature }) => (feature === null ? [] : keyOf(model.namespace, feature)))
  const { order } = dependencyOrder(roots, (key) => {
    const feature = found.get(key)
    return feature?.reads.flatMap((name) => keyOf(feature.namespace, name)) ?? []
  })
  return order.flatMap((key) => found.get(key) ?? [])
}

const neededSources = (model: CheckedModel, features: readonly CheckedFeature[]): readonly CheckedSource[] => {
  const found = new Set(model.source ? [model.source] : [])
  for (const { source } of features) if (source) found.add(source)
  return [...found]
}

const errorsOf = (
  program: CheckedProgram,
  model: CheckedModel,
  features: readonly CheckedFeature[],
  sources: readonly CheckedSource[],
): readonly Diagnostic[] => {
  const entities = features.flatMap(({ entity }) => entity ?? [])
  const places = [model, ...features, ...sources, ...entities]
  return program.diagnostics.filter(
    ({ severity, file, span }) =>
      severity === 'error' &&
      places.some(
        ({ file: at, declaration }) =>
          at === file && span.start >= declaration.span.start && span.start <= declaration.span.end,
      ),
  )
}

const assemble = (
  model: CheckedModel,
  features: readonly CheckedFeature[],
  sources: readonly CheckedSource[],
  names: PlanNames,
): ModelPlan | null => {
  const { observation, declaration, outputs } = model
  const uses = model.uses.flatMap(({ plan }) => (plan ? names.use(plan) : []))
  // A row feature is written into the uses that read it: nothing is left to join.
  const joined: FeaturePlan[] = features
    .filter(({ inline }) => inline === null)
    .flatMap((feature) => (feature.plan ? names.feature(feature, feature.plan) : []))
  const sourcePlans = sources.flatMap((source) => (source.plan ? { ...source.plan, name: names.of(source) } : []))
  const isWhole =
    uses.length === model.uses.length &&
    joined.length === features.filter(({ inline }) => inline === null).length &&
    sourcePlans.length === sources.length &&
    (declaration.predict === null || model.label !== null)
  if (!observation || !isWhole) return null
  return {
    version: 1,
    namespace: model.namespace,
    model: nameOf(model),
    documentation: declaration.documentation,
    file: model.file,
    sources: sourcePlans,
    observation: model.source ? { ...observation, source: names.of(model.source) } : observation,
    label: model.label,
    features: joined,
    uses,
    nodes: model.nodes,
    outputs,
    train: names.train(model.train),
    ranking: model.ranking,
    gates: model.gates,
    health: model.health,
  }
}
