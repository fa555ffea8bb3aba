import type { Expr, FeatureDefinition, FeaturePlan, ModelPlan, UsePlan } from '../plan/plan'
import type { Leak, UseLeak } from '../rpc/features'

type AggregateDefinition = Extract<FeatureDefinition, { form: 'aggregate' }>

const featuresIn = (expr: Expr): string[] =>
  expr.op === 'feature' ? [expr.name] : expr.op === 'call' ? expr.args.flatMap(featuresIn) : []

/** The aggregates that a use’s value is made of. */
const aggregatesOf = (plan: ModelPlan, { definition }: UsePlan): AggregateDefinition[] => {
  const under = (name: string): AggregateDefinition[] => {
    const found = plan.features.find((feature) => feature.name === name)?.definition
    if (!found) return []
    return found.form === 'aggregate' ? [found] : featuresIn(found.expr).flatMap(under)
  }
  return definition.kind === 'feature' ? under(definition.feature) : featuresIn(definition.expr).flatMap(under)
}

type Rewrite = (definition: AggregateDefinition, plan: ModelPlan) => AggregateDefinition | null

/** The window that the rule would be if rows were seen before they arrive; to the microsecond the same one otherwise. */
const blind: Rewrite = (definition, { sources }) => {
  const { window, lagMicros } = definition
  const source = sources.find(({ name }) => name === definition.source)
  if (!source?.timeColumn || !source.createdColumn) return null
  if (window.rule !== 'open' && window.rule !== 'inclusive') return null
  // Feast’s window has both of its ends: an open end is a microsecond further in.
  const shorter = window.kind === 'time' ? { ...window, micros: window.micros - 1 } : window
  return {
    ...definition,
    window: { ...shorter, rule: 'feast' },
    lagMicros: window.rule === 'open' ? lagMicros + 1 : lagMicros,
  }
}

/** The window with its right end, where that is the moment itself. */
const closed: Rewrite = (definition, { sources }) => {
  const { window, lagMicros } = definition
  const source = sources.find(({ name }) => name === definition.source)
  if (!source?.timeColumn || window.rule !== 'open' || lagMicros !== 0) return null
  const longer = window.kind === 'time' ? { ...window, micros: window.micros + 1 } : window
  return { ...definition, window: { ...longer, rule: 'inclusive' } }
}

/** The plan with windows of another rule, and the uses that it can change; null where there is none. */
export interface LeakingPlan {
  readonly plan: ModelPlan
  readonly uses: ReadonlySet<string>
}

const rewritten = (plan: ModelPlan, rewrite: Rewrite): LeakingPlan | null => {
  const uses = plan.uses.filter((use) => aggregatesOf(plan, use).some((one) => rewrite(one, plan) !== null))
  if (uses.length === 0) return null
  const features = plan.features.map((feature): FeaturePlan => {
    const { definition } = feature
    const other = definition.form === 'aggregate' ? rewrite(definition, plan) : null
    return other ? { ...feature, definition: other } : feature
  })
  return { plan: { ...plan, features }, uses: new Set(uses.map(({ name }) => name)) }
}

/** Rows count as soon as they happened, whether or not they had arrived. */
export const withoutArrival = (plan: ModelPlan): LeakingPlan | null => rewritten(plan, blind)

/** Rows see their own moment, and so themselves. */
export const withOwnMoment = (plan: ModelPlan): LeakingPlan | null => rewritten(plan, closed)

/** `18 %`; what is more than nothing is never said to be nothing, and what is not all never to be all. */
export const shareText = (count: number, rows: number): string => {
  if (count === 0 || rows === 0) return '0 %'
  const percent = (100 * count) / rows
  if (percent < 1) return 'less than 1 %'
  return count < rows && percent > 99 ? 'more than 99 %' : `${Math.round(percent)} %`
}

const nameOf = ({ name, feature }: UseLeak): string =>
  feature === null || feature === name ? name : `${name} (${feature})`

/** The use that would change most, by one of the counts. */
const worst = (leak: Leak, count: (use: UseLeak) => number | null): { use: UseLeak; count: number } | null => {
  let found: { use: UseLeak; count: number } | null = null
  for (const use of leak.uses) {
    const value = count(use)
    if (value !== null && value > (found?.count ?? 0)) found = { use, count: value }
  }
  return found
}

/** What the counts mean, for a person. */
export const leakSentences = (leak: Leak): string[] => {
  const early = worst(leak, (use) => use.early)
  const own = worst(leak, (use) => use.own)
  const sentences: string[] = []
  if (early)
    sentences.push(
      `Without the arrival times, ${shareText(early.count, leak.rows)} of ${nameOf(early.use)} would be known too early.`,
    )
  else if (leak.uses.some((use) => use.early !== null))
    sentences.push('The arrival times change no value: nothing came too late to be known.')
  else if (leak.uses.length > 0)
    sentences.push(
      'No source says when its rows arrived: what came late is taken as known at its own time. Name the column as `created` where there is one.',
    )
  if (own)
    sentences.push(
      `With windows that include their end, ${shareText(own.count, leak.rows)} of ${nameOf(own.use)} would see its own moment.`,
    )
  return sentences
}
