import type { CheckedProgram } from '../language/check/check'
import { type CheckedFeature, type CheckedModel, type CheckedSource, featureNamed } from '../language/check/symbols'
import type { Expr, FeatureDefinition, FeaturePlan, TrainPlan, UsePlan } from './plan'

/**
 * The names of a plan. What is of the model’s own namespace keeps its name; what it imports is named with its namespace,
 * so that two sources of one name never meet.
 */
export interface PlanNames {
  of(declared: Named): string
  feature(feature: CheckedFeature, plan: FeaturePlan): FeaturePlan
  use(plan: UsePlan): UsePlan
  train(plan: TrainPlan): TrainPlan
}

type Named = Pick<CheckedSource, 'namespace'> & { readonly declaration: { readonly name: { readonly text: string } } }

export const planNames = (model: Pick<CheckedModel, 'namespace'>, { namespaces }: CheckedProgram): PlanNames => {
  const of = ({ namespace, declaration }: Named): string =>
    namespace === model.namespace ? declaration.name.text : `${namespace || 'workspace'}.${declaration.name.text}`

  const featureIn = (namespace: string, name: string): string => {
    const symbols = namespaces.get(namespace)
    const feature = symbols && featureNamed(symbols, name)
    return feature ? of(feature) : name
  }
  const expr = (given: Expr, namespace: string): Expr => {
    switch (given.op) {
      case 'feature':
        return { ...given, name: featureIn(namespace, given.name) }
      case 'call':
        return { ...given, args: given.args.map((arg) => expr(arg, namespace)) }
      default:
        return given
    }
  }
  const definition = (given: FeatureDefinition, { source, namespace }: CheckedFeature): FeatureDefinition =>
    given.form === 'derived'
      ? { ...given, expr: expr(given.expr, namespace) }
      : { ...given, source: source ? of(source) : given.source }

  return {
    of,
    feature: (feature, plan) => ({
      ...plan,
      name: of(feature),
      entity: feature.entity ? of(feature.entity) : plan.entity,
      definition: definition(plan.definition, feature),
    }),
    use: (plan) =>
      plan.definition.kind === 'row'
        ? plan
        : { ...plan, definition: { ...plan.definition, feature: featureIn(model.namespace, plan.definition.feature) } },
    train: (plan) => {
      if (plan.split.kind !== 'entity') return plan
      const symbols = namespaces.get(model.namespace)
      const { entity } = plan.split
      const found = symbols?.entities.get(entity) ?? symbols?.imported.entities.get(entity)
      return found ? { ...plan, split: { ...plan.split, entity: of(found) } } : plan
    },
  }
}
