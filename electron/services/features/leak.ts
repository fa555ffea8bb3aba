import { withOwnMoment, withoutArrival } from '@shared/features/leak'
import type { ModelPlan } from '@shared/plan/plan'
import type { Leak } from '@shared/rpc/features'
import { compileLeakCounts } from '@shared/sql/leak'
import type { DataEngine } from '../data/engine'

/** How many values of a model’s training set two promises of its windows change: arrival times, and open ends. */
export const measureLeak = async (
  engine: DataEngine,
  plan: ModelPlan,
  sqlOf: (plan: ModelPlan) => Promise<string>,
  signal: AbortSignal,
): Promise<Leak> => {
  const early = withoutArrival(plan)
  const own = withOwnMoment(plan)
  const asked = [early, own].flatMap((one) => (one ? [one] : []))
  const others = await Promise.all(asked.map(async (one) => ({ sql: await sqlOf(one.plan), uses: [...one.uses] })))
  const [counts = {}] = await engine.rows(compileLeakCounts({ told: await sqlOf(plan), others }), [], { signal })
  const countOf = (one: typeof early, name: string): number | null => {
    if (!one?.uses.has(name)) return null
    const index = asked.indexOf(one)
    return Number(counts[`d${index}_${others[index]?.uses.indexOf(name)}`])
  }
  const measured = plan.uses.map(({ name, definition }) => ({
    name,
    feature: definition.kind === 'feature' ? definition.feature : null,
    early: countOf(early, name),
    own: countOf(own, name),
  }))
  return {
    model: plan.model,
    rows: Number(counts.n),
    uses: measured.filter((use) => use.early !== null || use.own !== null),
  }
}
