import { join } from 'node:path'
import { withOwnMoment, withoutArrival } from '@shared/features/leak'
import type { ModelPlan } from '@shared/plan/plan'
import type { Leak } from '@shared/rpc/features'
import { compileLeakCounts } from '@shared/sql/leak'
import { quoteText } from '@shared/sql/quote'
import type { TrainingSetSteps } from '@shared/sql/trainingSet'
import type { DataEngine } from '../data/engine'

/**
 * How many values of a model’s training set two promises of its windows change: arrival times, and open ends. Each of
 * the training sets is written for a while, as one is for training, and they are compared file with file.
 */
export const measureLeak = async (
  engine: DataEngine,
  plan: ModelPlan,
  statementOf: (plan: ModelPlan) => Promise<TrainingSetSteps>,
  signal: AbortSignal,
): Promise<Leak> => {
  const early = withoutArrival(plan)
  const own = withOwnMoment(plan)
  const asked = [early, own].flatMap((one) => (one ? [one] : []))
  const scratch = await engine.scratch('leak')
  const written = async (one: ModelPlan, name: string): Promise<string> => {
    const path = join(scratch.path, `${name}.parquet`)
    await engine.copy(await statementOf(one), path, 'parquet', { signal })
    return `select * from read_parquet(${quoteText(path)})`
  }
  const count = async (): Promise<{ counts: Record<string, unknown>; uses: readonly (readonly string[])[] }> => {
    try {
      const told = await written(plan, 'told')
      const others: { sql: string; uses: readonly string[] }[] = []
      for (const [index, one] of asked.entries())
        others.push({ sql: await written(one.plan, `other${index}`), uses: [...one.uses] })
      const [counts = {}] = await engine.rows(compileLeakCounts({ told, others }), [], { signal })
      return { counts, uses: others.map(({ uses }) => uses) }
    } finally {
      await scratch.remove()
    }
  }
  const { counts, uses } = await count()
  const countOf = (one: typeof early, name: string): number | null => {
    if (!one?.uses.has(name)) return null
    const index = asked.indexOf(one)
    return Number(counts[`d${index}_${uses[index]?.indexOf(name)}`])
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
