import type { ModelPlan, SourcePlan } from '@shared/plan/plan'
import type { SourceRead } from '@shared/rpc/features'
import { nativeTypeOf } from '@shared/sql/expression'
import { quoteName } from '@shared/sql/quote'
import { compileTrainingSet, readSources } from '@shared/sql/trainingSet'
import { z } from 'zod'
import type { DataEngine } from '../data/engine'

const text = z.union([z.string(), z.array(z.string())])
const nodeSchema = z.object({
  name: z.string(),
  extra_info: z.object({ Function: text.optional(), Projections: text.optional() }).loose(),
  get children() {
    return z.array(nodeSchema)
  },
})
type PlanNode = z.infer<typeof nodeSchema>

const leaves = (node: PlanNode): PlanNode[] => (node.children.length === 0 ? [node] : node.children.flatMap(leaves))
const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

/** Stands in for another source where one source’s reads are looked for; it is never run. */
const standIn = ({ columns }: SourcePlan): string =>
  // Not a constant, from which the engine could conclude anything.
  `(select ${columns.map(({ name, type }) => `random()::varchar::${nativeTypeOf(type)} as ${quoteName(name)}`).join(', ')} from range(1000000))`

/** How often the engine will read each source for a training set, and which of its columns: by its own plan. */
export const sourceReads = async (
  engine: DataEngine,
  plan: ModelPlan,
  tables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<SourceRead[]> => {
  const sources = readSources(plan, false)
  const readsOf = async (source: SourcePlan): Promise<SourceRead> => {
    const alone = Object.fromEntries(
      sources.map((one) => [one.name, one === source ? (tables[one.name] ?? '') : standIn(one)]),
    )
    const [row] = await engine.rows(`explain (format json) ${compileTrainingSet(plan, { tables: alone })}`, [], {
      signal,
    })
    const nodes = z.array(nodeSchema).parse(JSON.parse(String(row?.explain_value)))
    const reads = nodes.flatMap(leaves).filter(({ extra_info: { Function: name } }) => {
      return name !== undefined && !list(name).includes('RANGE')
    })
    const read = new Set(reads.flatMap(({ extra_info }) => list(extra_info.Projections)))
    const columns = source.columns.map(({ name }) => name).filter((name) => read.has(name))
    return { source: source.name, path: source.path, count: reads.length, columns, of: source.columns.length }
  }
  const found: SourceRead[] = []
  for (const source of sources) found.push(await readsOf(source))
  return found
}
