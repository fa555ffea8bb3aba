import { StudioError } from '../errors'
import type { ModelPlan, SourcePlan, SplitPlan } from '../plan/plan'
import { columnAlias, compileOver, micros, sourceRows, tieBreakers } from './columns'
import { columnsOf, nativeTypeOf, normalised } from './expression'
import { quoteName, quoteText } from './quote'
import type { Part } from './scan'

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

const splitSql = (plan: ModelPlan, source: SourcePlan): string => {
  const { split, seed } = plan.train
  switch (split.kind) {
    case 'time':
      // Rows of one time go together: what counts is how many rows lie strictly before.
      return splitCase(
        source.timeColumn === null
          ? '(o.row_number::double / count(*) over ())'
          : '((rank() over (order by o.ts nulls first) - 1)::double / count(*) over ())',
        split,
      )
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

/** `observations`: the columns `c0…`, `ts` (µs), `moment`, `label`, `key`, `row_number`, `split`. */
export const observationParts = (plan: ModelPlan, table: string, options: ObservationOptions): Part[] => {
  const source = plan.sources.find(({ name }) => name === plan.observation.source)
  if (!source) throw new StudioError('internal', 'The plan does not have its observation source.')
  const { observations, keepUnlabelled = false, limit } = options
  const has = (name: string): boolean => observations === undefined || observations.columns.includes(name)
  const time = source.timeColumn === null ? null : `s.${columnAlias(source, source.timeColumn)}`
  const hasKey = [...(source.timeColumn === null ? [] : [source.timeColumn]), ...source.rowKey].every(has)
  const label =
    plan.label && columnsOf(plan.label.expr).every(has)
      ? compileOver(plan.label.expr, source, 's')
      : `null::${nativeTypeOf(plan.label?.type ?? 'float')}`
  const filter = plan.observation.filter ? compileOver(plan.observation.filter, source, 's') : 'true'
  const order = ['ts nulls first', ...tieBreakers(source, 's').map((column) => `${column} nulls last`)]
  const kept = plan.label && !keepUnlabelled ? 'label is not null' : 'true'
  return [
    {
      name: 'observed',
      isMaterialized: false,
      sql: observations ? replacedRows(source, observations) : sourceRows(source, table),
    },
    {
      name: 'ordered',
      isMaterialized: false,
      sql: `select s.*, row_number() over (order by ${order.join(', ')}) - 1 as row_number
  from (select s.*, ${time === null ? 'null::bigint' : micros(time)} as ts, ${time === null ? 'null::timestamp' : `${time}::timestamp`} as moment,
    ${label} as label, ${hasKey ? observationKey(source, 's') : 'null::varchar'} as key
    from observed s where ${filter}) s where ${kept}`,
    },
    {
      name: 'divided',
      isMaterialized: limit !== undefined,
      sql: `select o.*, ${splitSql(plan, source)} as split from ordered o`,
    },
    {
      name: 'observations',
      isMaterialized: true,
      sql:
        limit === undefined
          ? 'select * from divided'
          : `select * from divided where row_number >= (select count(*) from divided) - ${limit}`,
    },
  ]
}
