import type { Expr, FeaturePlan, ModelPlan, SplitPlan, UsePlan } from '../plan/plan'
import { aggregateWords, exprWords, windowWords } from '../plan/words'
import type { Explanation, SourceRead } from '../rpc/features'
import { type AggregateDefinition, scanIdentity } from '../sql/scan'
import { scansOf } from '../sql/trainingSet'
import { isPassed } from '../sql/windowPass'
import { asksForArrival } from '../sql/windows'

const featuresIn = (expr: Expr): string[] =>
  expr.op === 'feature' ? [expr.name] : expr.op === 'call' ? expr.args.flatMap(featuresIn) : []

/** A feature and those that it is made of, each after what it needs. */
const withParts = (plan: ModelPlan, name: string): FeaturePlan[] => {
  const feature = plan.features.find((one) => one.name === name)
  if (!feature) return []
  const parts = feature.definition.form === 'aggregate' ? [] : featuresIn(feature.definition.expr)
  return [...parts.flatMap((part) => withParts(plan, part)), feature]
}

const named = (use: UsePlan): { readonly feature: string; readonly keys: readonly string[] }[] =>
  use.definition.kind === 'feature'
    ? [use.definition]
    : featuresIn(use.definition.expr).map((feature) => ({ feature, keys: [] }))

const splitWords = (split: SplitPlan): string => {
  const total = split.fractions.reduce((sum, one) => sum + one, 0)
  const shares = split.fractions.map((one) => Math.round((1000 * one) / total) / 10).join('/')
  if (split.kind === 'entity') return `by ${split.entity}, ${shares}`
  return split.kind === 'time' ? `by time, ${shares}` : `at random, ${shares}`
}

const useWords = ({ definition }: UsePlan): string => {
  if (definition.kind === 'row') return exprWords(definition.expr)
  return definition.keys.length === 0 ? definition.feature : `${definition.feature} by ${definition.keys.join(', ')}`
}

/** How rows over time are seen that arrived late. */
const arrivalWords = (definition: AggregateDefinition, plan: ModelPlan): string | null => {
  const source = plan.sources.find(({ name }) => name === definition.source)
  if (!source?.timeColumn || source.createdColumn === null) return null
  return asksForArrival(definition) ? `${source.createdColumn} ≤ t` : 'whenever they arrived'
}

/** What is done to make a model’s training set, as data. `reads` is what the engine says that it reads. */
export const explainPlan = (plan: ModelPlan, reads: readonly SourceRead[]): Explanation => {
  const asked = plan.uses.flatMap(named)
  const reached = asked.flatMap(({ feature, keys }) => withParts(plan, feature).map((part) => ({ part, keys })))
  const scans = scansOf(plan).map(({ source, keys, filter }) => {
    const identity = scanIdentity({ source: source.name, keys, filter })
    const features = new Map<string, Explanation['scans'][number]['features'][number]>()
    const probes = new Map<string, readonly string[]>()
    for (const { part, keys: columns } of reached) {
      const { definition } = part
      if (definition.form !== 'aggregate' || scanIdentity(definition) !== identity) continue
      probes.set(columns.join(), columns)
      features.set(part.name, {
        name: part.name,
        value: aggregateWords(definition),
        window: source.timeColumn === null ? null : windowWords(definition),
        arrival: arrivalWords(definition, plan),
        default: part.default === null ? null : exprWords(part.default),
        isPassed: isPassed(source, { definition, type: part.type }),
      })
    }
    return {
      source: source.name,
      keys: [...keys],
      filter: filter && exprWords(filter),
      isOverTime: source.timeColumn !== null,
      probes: [...probes.values()].map((columns) => [...columns]),
      features: [...features.values()],
    }
  })
  const derived = new Map<string, string>()
  for (const { part } of reached)
    if (part.definition.form !== 'aggregate') derived.set(part.name, exprWords(part.definition.expr))
  const { observation, label } = plan
  const observed = plan.sources.find(({ name }) => name === observation.source)
  return {
    model: plan.model,
    observation: {
      source: observation.source,
      filter: observation.filter && exprWords(observation.filter),
      label: label && `${label.name} = ${exprWords(label.expr)}`,
      time: observed?.timeColumn ?? null,
      split: splitWords(plan.train.split),
    },
    reads: [...reads],
    scans,
    derived: [...derived].map(([name, expr]) => ({ name, expr })),
    uses: plan.uses.map((use) => ({ name: use.name, from: useWords(use) })),
  }
}
