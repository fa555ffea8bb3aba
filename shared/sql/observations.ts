import { StudioError } from '../errors'
import type { ModelPlan, SourcePlan, SplitPlan } from '../plan/plan'
import { columnAlias, compileOver, micros, tieBreakers } from './columns'
import { columnsOf, nativeTypeOf, normalised } from './expression'
import { quoteName, quoteText } from './quote'
import type { Part } from './scan'
import { start } from './scanRows'

export interface ObservationOptions {
  /** Rows that stand in for the observation source’s own; the source stays what features look back on. */
  readonly observations?: { readonly table: string; readonly columns: readonly string[] }
  /** Keep rows whose label is null. */
  readonly keepUnlabelled?: boolean
  /** Only the last so many rows of the order; splits are those of the whole. */
  readonly limit?: number
}

/** Types that a program, and so a stranger, cannot use to write SQL. */
const plainType = /^[A-Z0-9_]+(\(\d+(,\s*\d+)?\))?(\[\d*\])*( WITH TIME ZONE)?$/

const replacedRows = (
  source: SourcePlan,
  { table, columns }: NonNullable<ObservationOptions['observations']>,
): string => {
  const present = new Set(columns)
  const list = source.columns.map(({ name, type, nativeType }, index) => {
    if (!present.has(name)) return `null::${nativeTypeOf(type)} as c${index}`
    const native = plainType.test(nativeType) ? nativeType : nativeTypeOf(type)
    return `${normalised(`r.${quoteName(name)}::${native}`, type)} as c${index}`
  })
  return `select ${list.join(', ')} from ${table} r`
}

/** JSON array of the time and the row key: how later labels and logged predictions find their row again. */
export const observationKey = (source: SourcePlan, relation: string): string => {
  const names = [...(source.timeColumn === null ? [] : [source.timeColumn]), ...source.rowKey]
  return `json_array(${names.map((name) => `${relation}.${columnAlias(source, name)}`).join(', ')})::varchar`
}

/** [0, 1), the same for the same text and seed on every machine. */
const fractionOf = (text: string, seed: number): string =>
  `((md5_number_lower(${quoteText(`${seed}:`)} || ${text}) >> 11)::double / 9007199254740992)`

const splitCase = (fraction: string, { fractions }: SplitPlan): string => {
  const [train, valid, test] = fractions
  const total = train + valid + test
  return `case when ${fraction} < ${train / total}::double then 'train' when ${fraction} < ${(train + valid) / total}::double then 'valid' else 'test' end`
}

export const entityColumns = (plan: ModelPlan, entity: string): readonly string[] => {
  const source = plan.sources.find(({ name }) => name === plan.observation.source)
  const described = plan.features.filter((feature) => feature.entity === entity)
  const named = described[0]?.entityKeys ?? []
  if (named.length > 0 && named.every((key) => source?.columns.some(({ name }) => name === key))) return named
  const names = new Set(described.map(({ name }) => name))
  for (const { definition } of plan.uses)
    if (definition.kind === 'feature' && names.has(definition.feature)) return definition.keys
  throw new StudioError('invalid_input', `The rows do not say which \`${entity}\` they belong to.`, {
    hint: 'Use a feature of that entity, or split by time.',
  })
}

const hasTimeSplit = (plan: ModelPlan, source: SourcePlan): boolean =>
  plan.train.split.kind === 'time' && source.timeColumn !== null

/** Rows of one time go together: what counts is how many rows lie strictly before. The last times of the first parts. */
const cutsPart = ({ train: { split } }: ModelPlan): Part => {
  const [train, valid, test] = split.fractions
  const total = train + valid + test
  const last = (share: number): string => `max(ts) filter (before::double / total < ${share}::double)`
  return {
    name: 'cuts',
    isMaterialized: true,
    sql: `select ${last(train / total)} as train, ${last((train + valid) / total)} as valid from (
    select ts, (sum(n) over (order by ts rows unbounded preceding) - n)::bigint as before, (sum(n) over ())::bigint as total
    from (select coalesce(ts, ${start}) as ts, count(*) as n from ordered group by 1))`,
  }
}

const splitSql = (plan: ModelPlan, source: SourcePlan): string => {
  const { split, seed } = plan.train
  switch (split.kind) {
    case 'time': {
      if (!hasTimeSplit(plan, source))
        return splitCase('(o.row_number::double / (select count(*) from ordered))', split)
      const upTo = (part: string): string => `coalesce(o.ts, ${start}) <= (select ${part} from cuts)`
      return `case when ${upTo('train')} then 'train' when ${upTo('valid')} then 'valid' else 'test' end`
    }
    case 'random':
      return splitCase(fractionOf(source.rowKey.length > 0 ? 'o.key' : contentText(source), seed), split)
    case 'entity': {
      const columns = entityColumns(plan, split.entity).map((name) => `o.${columnAlias(source, name)}`)
      return splitCase(fractionOf(`json_array(${columns.join(', ')})::varchar`, seed), split)
    }
  }
}

const contentText = (source: SourcePlan): string =>
  `json_array(${source.columns.map((_, index) => `o.c${index}`).join(', ')})::varchar`

/** Columns that are read of the observations when they are in their order: by uses and keys, by their own key, by the split. */
const readColumns = (plan: ModelPlan, source: SourcePlan, used: readonly string[]): readonly string[] => {
  const { split } = plan.train
  if (split.kind === 'random' && source.rowKey.length === 0) return source.columns.map((_, index) => `c${index}`)
  const names = new Set([...used, ...source.rowKey, ...(source.timeColumn === null ? [] : [source.timeColumn])])
  if (split.kind === 'entity') for (const name of entityColumns(plan, split.entity)) names.add(name)
  return source.columns.flatMap(({ name }, index) => (names.has(name) ? [`c${index}`] : []))
}

/**
 * `observations`: those of the columns `c0…` that somebody reads, `ts` (µs), `moment`, `label`, `key`, `row_number`, `split`. `rows` is a relation of
 * the source’s rows (`sourcePart`); with `isOrdered` they have their place `n` in the observations’ order.
 */
export const observationParts = (
  plan: ModelPlan,
  rows: string,
  options: ObservationOptions & { readonly isOrdered?: boolean; readonly used: readonly string[] },
): Part[] => {
  const source = plan.sources.find(({ name }) => name === plan.observation.source)
  if (!source) throw new StudioError('internal', 'The plan does not have its observation source.')
  const { observations, keepUnlabelled = false, limit, isOrdered = false, used } = options
  const has = (name: string): boolean => observations === undefined || observations.columns.includes(name)
  const time = source.timeColumn === null ? null : `s.${columnAlias(source, source.timeColumn)}`
  const hasKey = [...(source.timeColumn === null ? [] : [source.timeColumn]), ...source.rowKey].every(has)
  const label =
    plan.label && columnsOf(plan.label.expr).every(has)
      ? compileOver(plan.label.expr, source, 's')
      : `null::${nativeTypeOf(plan.label?.type ?? 'float')}`
  const filter = plan.observation.filter ? compileOver(plan.observation.filter, source, 's') : 'true'
  const order = isOrdered
    ? ['s.n']
    : ['ts nulls first', ...tieBreakers(source, 's').map((column) => `${column} nulls last`)]
  // Made of the columns where they are asked for, so that they are not carried through the sort.
  const shown = [
    `${source.timeColumn === null ? 'null' : `o.${columnAlias(source, source.timeColumn)}`}::timestamp as moment`,
    `${hasKey ? observationKey(source, 'o') : 'null::varchar'} as key`,
  ]
  const kept = plan.label && !keepUnlabelled ? 'label is not null' : 'true'
  const columns = source.columns.map((_, index) => `s.c${index}`)
  const sorted = [...readColumns(plan, source, used), 'ts', 'label'].map((name) => `s.${name}`).join(', ')
  const made = [
    `${time === null ? 'null::bigint' : micros(time)} as ts`,
    `${label} as label`,
    ...(isOrdered ? ['s.n'] : []),
  ]
  return [
    ...(observations ? [{ name: 'observed', isMaterialized: false, sql: replacedRows(source, observations) }] : []),
    {
      name: 'ordered',
      isMaterialized: true,
      sql: `select s.*, row_number() over () - 1 as row_number from (
    select ${sorted} from (
      select ${[...columns, ...made].join(', ')}
      from ${observations ? 'observed' : rows} s where ${filter}
    ) s where ${kept} order by ${order.join(', ')}
  ) s`,
    },
    ...(hasTimeSplit(plan, source) ? [cutsPart(plan)] : []),
    {
      name: 'observations',
      isMaterialized: false,
      sql: `select o.*, ${splitSql(plan, source)} as split from (select o.*, ${shown.join(', ')} from ordered o) o${
        limit === undefined ? '' : ` where o.row_number >= (select count(*) from ordered) - ${limit}`
      }`,
    },
  ]
}
