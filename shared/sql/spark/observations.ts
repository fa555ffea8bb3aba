import { StudioError } from '../../errors'
import type { ModelPlan, SourcePlan, SplitPlan } from '../../plan/plan'
import { columnAlias } from '../columns'
import { entityColumns } from '../observations'
import type { Part } from '../scan'
import { compileSparkOver, sparkMicros, sparkRows, sparkTies } from './columns'
import { cast, sparkDouble, sparkTypeOf } from './expression'
import { sparkText } from './quote'

/** Why a column is left out; null: it is not. */
export interface SparkOmissions {
  readonly key: string | null
  readonly split: string | null
}

/** JSON of columns as DuckDB writes it; the text of a float is another there. */
const jsonText = (source: SourcePlan, names: readonly string[], relation: string): string => {
  const texts = names.map((name) => {
    const sql = `${relation}.${columnAlias(source, name)}`
    const type = source.columns.find((column) => column.name === name)?.type
    const text = cast(sql, 'string')
    if (type === 'int' || type === 'bool') return `coalesce(${text}, 'null')`
    const quoted = `to_json(array(${text}))`
    return `case when ${sql} is null then 'null' else substring(${quoted}, 2, length(${quoted}) - 2) end`
  })
  if (texts.length === 0) return "'[]'"
  return `concat('[', concat_ws(',', array(${texts.join(', ')})), ']')`
}

const written: ReadonlySet<string> = new Set(['int', 'bool', 'string', 'time', 'date'])

/** A column whose text Spark writes otherwise than DuckDB does. */
const unwritten = (source: SourcePlan, names: readonly string[]): string | null => {
  const found = source.columns.find(({ name, type }) => names.includes(name) && !written.has(type))
  return found ? `\`${found.name}\` is a ${found.type}, whose text Spark writes differently` : null
}

const keyNames = (source: SourcePlan): readonly string[] => [
  ...(source.timeColumn === null ? [] : [source.timeColumn]),
  ...source.rowKey,
]

/** What a row’s part is drawn from; null: its place in time. */
const drawnFrom = (plan: ModelPlan, source: SourcePlan): readonly string[] | null => {
  const { split } = plan.train
  switch (split.kind) {
    case 'time':
      return null
    case 'random':
      return source.rowKey.length > 0 ? keyNames(source) : source.columns.map(({ name }) => name)
    case 'entity':
      return entityColumns(plan, split.entity)
  }
}

/** [0, 1), from the last 64 bits of the digest, of which a double has 53. */
const fractionOf = (text: string, seed: number): string => {
  const digest = `md5(concat(${sparkText(`${seed}:`)}, ${text}))`
  const pairs = [31, 29, 27, 25, 23, 21, 19, 17].map((at) => `substring(${digest}, ${at}, 2)`)
  const hex = `concat(${pairs.join(', ')})`
  const number = (from: number, length: number): string =>
    cast(`conv(substring(${hex}, ${from}, ${length}), 16, 10)`, 'bigint')
  return `(${cast(`${number(1, 13)} * 2 + shiftright(${number(14, 1)}, 3)`, 'double')} / ${sparkDouble(2 ** 53)})`
}

const splitCase = (fraction: string, { fractions }: SplitPlan): string => {
  const [train, valid, test] = fractions
  const total = train + valid + test
  return `case when ${fraction} < ${sparkDouble(train / total)} then 'train' when ${fraction} < ${sparkDouble((train + valid) / total)} then 'valid' else 'test' end`
}

export interface SparkObservations {
  readonly parts: readonly Part[]
  readonly omitted: SparkOmissions
}

const part = (name: string, sql: string): Part => ({ name, sql, isMaterialized: false })

const dayOf = (ts: string): string => `${ts} - pmod(${ts}, 86400000000)`

/**
 * `asked`: the rows that count, `c0…`, `ts` (µs), `moment`, `label`; `observations` has besides them `row_number`, `key`, `split`.
 *
 * Rows are numbered day by day, so that no machine has to sort them all.
 */
export const sparkObservations = (plan: ModelPlan, table: string, keepUnlabelled: boolean): SparkObservations => {
  const source = plan.sources.find(({ name }) => name === plan.observation.source)
  if (!source) throw new StudioError('internal', 'The plan does not have its observation source.')
  const time = source.timeColumn === null ? null : `s.${columnAlias(source, source.timeColumn)}`
  const label = plan.label ? compileSparkOver(plan.label.expr, source, 's') : cast('null', sparkTypeOf('float'))
  const filter = plan.observation.filter ? compileSparkOver(plan.observation.filter, source, 's') : 'true'
  const kept = plan.label && !keepUnlabelled ? 'label is not null' : 'true'
  const order = ['o.ts nulls first', ...sparkTies(source, 'o')].join(', ')
  const drawn = drawnFrom(plan, source)
  const omitted: SparkOmissions = {
    key: unwritten(source, keyNames(source)),
    split: drawn && unwritten(source, drawn),
  }
  const split = drawn
    ? splitCase(fractionOf(jsonText(source, drawn, 'o'), plan.train.seed), plan.train.split)
    : splitCase(`(${cast(time === null ? 'o.row_number' : 'o.earlier', 'double')} / o.total)`, plan.train.split)
  const key = jsonText(source, keyNames(source), 'o')
  return {
    omitted,
    parts: [
      part('observed', sparkRows(source, table)),
      part(
        'asked',
        `select s.* from (select s.*, ${time === null ? 'cast(null as bigint)' : sparkMicros(time)} as ts, ${time === null ? 'cast(null as timestamp_ntz)' : cast(time, 'timestamp_ntz')} as moment,
    ${label} as label from observed s where ${filter}) s where ${kept}`,
      ),
      part(
        'days',
        `select day, sum(n) over (order by day nulls first) - n as before, sum(n) over () as total
  from (select ${dayOf('ts')} as day, count(*) as n from asked group by ${dayOf('ts')})`,
      ),
      part(
        'numbered',
        `select o.*, d.total,
    d.before + row_number() over (partition by o.day order by ${order}) - 1 as row_number,
    d.before + rank() over (partition by o.day order by o.ts) - 1 as earlier
  from (select a.*, ${dayOf('a.ts')} as day from asked a) o join days d on o.day <=> d.day`,
      ),
      part(
        'observations',
        `select ${['o.*', ...(omitted.key ? [] : [`${key} as key`]), ...(omitted.split ? [] : [`${split} as split`])].join(', ')} from numbered o`,
      ),
    ],
  }
}
