import { StudioError } from '../errors'
import type { Expr, FeaturePlan, ModelPlan, SourcePlan } from '../plan/plan'
import { emptyValue } from './aggregate'
import { columnAlias } from './columns'
import type { ExpressionScope } from './expressionCompiler'
import { type AggregateDefinition, type Probe, type Scan, scanIdentity } from './scan'

/** What differs between the engines that a training set is compiled for. */
export interface ScanDialect {
  expression(expr: Expr, scope: ExpressionScope): string
  name(name: string): string
  /** A slot’s value beside the observations `o`, and what joins it to them, if it is not there already. */
  value(scan: Scan, probe: Probe, slot: Scan['slots'][number]): { readonly sql: string; readonly join: string | null }
}

/** A scan in the making. */
interface OpenScan extends Scan {
  readonly slots: Scan['slots'][number][]
  /** The same by what they are. */
  readonly known: Map<string, Scan['slots'][number]>
  readonly probes: { name: string; columns: readonly string[]; asked: Set<string> }[]
}

interface Open {
  readonly scans: Map<string, OpenScan>
  /** By alias. */
  readonly joins: Map<string, string>
  readonly dialect: ScanDialect
}

/** Scans, and the joins that bring their values to the observations. */
export interface Collected {
  readonly scans: readonly Scan[]
  readonly joins: readonly string[]
}

export const sourceOf = (plan: ModelPlan, name: string): SourcePlan => {
  const source = plan.sources.find((one) => one.name === name)
  if (source) return source
  throw new StudioError('internal', `The plan has no source \`${name}\`.`)
}

export const featureOf = (plan: ModelPlan, name: string): FeaturePlan => {
  const feature = plan.features.find((one) => one.name === name)
  if (feature) return feature
  throw new StudioError('internal', `The plan has no feature \`${name}\`.`)
}

const aggregateValue = (
  feature: FeaturePlan,
  definition: AggregateDefinition,
  keys: readonly string[],
  plan: ModelPlan,
  { scans, joins, dialect }: Open,
): string => {
  const source = sourceOf(plan, definition.source)
  const identity = scanIdentity(definition)
  const scan: OpenScan = scans.get(identity) ?? {
    name: `scan${scans.size}`,
    source,
    keys: [...definition.keys],
    filter: definition.filter,
    slots: [],
    known: new Map(),
    probes: [],
  }
  scans.set(identity, scan)
  const same = JSON.stringify([definition, feature.type])
  const slot = scan.known.get(same) ?? { alias: `x${scan.slots.length}`, definition, type: feature.type }
  if (!scan.known.has(same)) scan.slots.push(slot)
  scan.known.set(same, slot)

  const observed = sourceOf(plan, plan.observation.source)
  const columns = keys.map((key) => `o.${columnAlias(observed, key)}`)
  const alias = (number: number): string => `${scan.name}_at${number}`
  const probe = scan.probes.find((one) => one.columns.join() === columns.join()) ?? {
    name: alias(scan.probes.length),
    columns,
    asked: new Set(),
  }
  if (!scan.probes.includes(probe)) scan.probes.push(probe)
  probe.asked.add(slot.alias)
  const { sql, join } = dialect.value(scan, probe, slot)
  if (join !== null) joins.set(probe.name, join)
  const empty = emptyValue(definition.aggregate)
  return empty === null ? sql : `coalesce(${sql}, ${empty})`
}

/** A feature’s value at an observation `o`, named by the observation’s columns `keys`. */
const featureValue = (name: string, keys: readonly string[], plan: ModelPlan, collected: Open): string => {
  const feature = featureOf(plan, name)
  const { definition } = feature
  const value = ((): string => {
    switch (definition.form) {
      case 'aggregate':
        return aggregateValue(feature, definition, keys, plan, collected)
      case 'derived':
        return collected.dialect.expression(definition.expr, {
          column: (column) => {
            throw new StudioError('internal', `The feature \`${name}\` reads the column \`${column}\`.`)
          },
          feature: (other) => featureValue(other, keys, plan, collected),
        })
      case 'row': {
        if (definition.source === plan.observation.source) return rowValue(definition.expr, plan, collected)
        throw new StudioError('not_supported', `\`${name}\` describes rows of \`${definition.source}\`.`, {
          hint: `The model observes \`${plan.observation.source}\`; use \`latest\` to bring the value there.`,
        })
      }
    }
  })()
  if (feature.default === null) return value
  return `coalesce(${value}, ${rowValue(feature.default, plan, collected)})`
}

const rowValue = (expr: Expr, plan: ModelPlan, collected: Open): string => {
  const observed = sourceOf(plan, plan.observation.source)
  return collected.dialect.expression(expr, {
    column: (name) => `o.${columnAlias(observed, name)}`,
    feature: (name) => featureValue(name, [], plan, collected),
  })
}

/** The uses’ values, by name, with the scans and the joins that they need. */
export const collectScans = (
  plan: ModelPlan,
  dialect: ScanDialect,
): Collected & { readonly uses: readonly string[] } => {
  const open: Open = { scans: new Map(), joins: new Map(), dialect }
  const uses = plan.uses.map(({ name, definition }) => {
    const sql =
      definition.kind === 'row'
        ? rowValue(definition.expr, plan, open)
        : featureValue(definition.feature, definition.keys, plan, open)
    return `${sql} as ${dialect.name(name)}`
  })
  return { scans: [...open.scans.values()], joins: [...open.joins.values()], uses }
}
