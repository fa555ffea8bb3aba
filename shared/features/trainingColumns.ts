import {
  type Expr,
  type FeaturePlan,
  type ModelPlan,
  plainTraining,
  trainingSetColumns,
  type UsePlan,
} from '../plan/plan'
import { quoteName } from '../sql/quote'
import { compileTrainingSet, keyColumn, scansOf } from '../sql/trainingSet'

/** What a training set is put together from: one use, or everything that is no use. */
export interface TrainingPart {
  /** Its columns in the set. */
  readonly columns: readonly string[]
  /**
   * All that decides its values but what the sources hold: which rows there are, in which order, and how it is computed.
   * Equal texts and equal sources give equal columns, whatever else the set has.
   */
  readonly definition: string
  /** Names of the sources that it reads. */
  readonly sources: readonly string[]
}

const named = (expr: Expr): string[] =>
  expr.op === 'feature' ? [expr.name] : expr.op === 'call' ? expr.args.flatMap(named) : []

const neededBy = (uses: readonly UsePlan[], features: readonly FeaturePlan[]): FeaturePlan[] => {
  const needed = new Set<string>()
  const need = (name: string): void => {
    if (needed.has(name)) return
    needed.add(name)
    const definition = features.find((feature) => feature.name === name)?.definition
    if (definition && definition.form !== 'aggregate') for (const other of named(definition.expr)) need(other)
  }
  for (const { definition } of uses)
    for (const name of definition.kind === 'feature' ? [definition.feature] : named(definition.expr)) need(name)
  return features.filter(({ name }) => needed.has(name))
}

/** A model’s plan with some of its uses alone, and no more than they need. */
const planWithUses = (plan: ModelPlan, uses: readonly UsePlan[]): ModelPlan => {
  const features = neededBy(uses, plan.features)
  const read = new Set([plan.observation.source])
  for (const { definition } of features) if (definition.form !== 'derived') read.add(definition.source)
  return { ...plan, uses, features, sources: plan.sources.filter(({ name }) => read.has(name)), nodes: [], outputs: [] }
}

const partOf = (plan: ModelPlan, columns: readonly string[]): TrainingPart => {
  const sources = [...new Set([plan.observation.source, ...scansOf(plan).map(({ source }) => source.name)])]
  const tables = Object.fromEntries(plan.sources.map(({ name }) => [name, quoteName(name)]))
  return { columns, definition: compileTrainingSet(plan, { tables }), sources }
}

/** The parts of a training set, in the order of its columns. */
export const trainingParts = (plan: ModelPlan): TrainingPart[] => {
  const label = plan.label
  const uses = plan.uses.map((use) => {
    // Names, splits and seeds change no value of a use.
    const alone = { ...use, name: 'value', span: { start: 0, end: 0 } }
    const own = planWithUses({ ...plan, label: label && { ...label, name: 'label' }, train: plainTraining }, [alone])
    return partOf(own, [use.name])
  })
  const others = [...(label ? [label.name] : []), ...Object.values(trainingSetColumns), keyColumn]
  return [...uses, partOf(asksUses(plan) ? plan : { ...plan, uses: [] }, others)]
}

/** A split by entity asks the uses by which columns the entity is named. */
const asksUses = ({ train }: ModelPlan): boolean => train.split.kind === 'entity'

/** What computes some uses of a set, and all else of it where `hasOthers`. */
export const planOfParts = (plan: ModelPlan, uses: readonly UsePlan[], hasOthers: boolean): ModelPlan => {
  if (!hasOthers) return planWithUses({ ...plan, train: plainTraining }, uses)
  return asksUses(plan) ? plan : planWithUses(plan, uses)
}

export interface PartTable {
  readonly table: string
  /** What is taken from it: its name there, and its name in the set. */
  readonly columns: readonly { readonly from: string; readonly to: string }[]
}

/** One statement that puts tables together whose rows are those of one set, in the order of `names`. */
export const assembleSql = (parts: readonly PartTable[], names: readonly string[]): string => {
  const row = trainingSetColumns.row
  const columns = names.map((name) => {
    const at = parts.findIndex(({ columns }) => columns.some(({ to }) => to === name))
    const from = parts[at]?.columns.find(({ to }) => to === name)?.from ?? name
    return `p${at}.${quoteName(from)} as ${quoteName(name)}`
  })
  const [first, ...others] = parts
  const joins = others.map(({ table }, index) => `join ${table} p${index + 1} on p0.${row} = p${index + 1}.${row}`)
  return `select ${columns.join(', ')} from ${first?.table} p0 ${joins.join(' ')} order by p0.${row}`
}
