import type { ColumnLink } from '@shared/data/link'
import type { ColumnSchema } from '@shared/data/profile'
import { quoteName } from '@shared/sql/quote'
import type { DataEngine, QueryOptions } from './engine'
import { numberOf } from './profileValues'

/** Up to here all rows count; beyond, a fixed sample of so many. */
const exactRows = 1_000_000
/** More groups than this say nothing about each other. */
const mostGroups = 1000
const tenths = 10

interface Source {
  readonly from: string
  readonly parameters: readonly unknown[]
  readonly rows: number
}

/** As a number; null for texts and what has no order. */
const numeric = ({ name, type, nativeType }: ColumnSchema): string | null => {
  const column = quoteName(name)
  switch (type) {
    case 'int':
      return `${column}::double`
    case 'float':
      return nativeType.startsWith('DECIMAL')
        ? `${column}::double`
        : `case when isfinite(${column}) then ${column}::double end`
    case 'bool':
      return `${column}::int::double`
    case 'date':
    case 'time':
      return `case when isfinite(${column}) then epoch_ms(${column}::timestamp)::double end`
    default:
      return null
  }
}

const isGrouped = (type: ColumnSchema['type']): boolean => type === 'string' || type === 'bool'

/** Ranks of each value, ties at the mean of theirs, from the counts of the values alone. */
const ranks = (name: string): string =>
  `select ${name} as v, sum(count(*)) over (order by ${name}) - (count(*) - 1) / 2.0 as r from pairs group by ${name}`

/** Pearson’s and Spearman’s correlation, or Cramér’s V and mutual information where texts are among the two. */
export const linkOf = async (
  engine: DataEngine,
  source: Source,
  column: ColumnSchema,
  label: ColumnSchema,
  options: QueryOptions = {},
): Promise<ColumnLink> => {
  const names = { column: column.name, label: label.name }
  const isExact = source.rows <= exactRows
  const sample = isExact
    ? source.from
    : `(select * from ${source.from} using sample reservoir(${exactRows} rows) repeatable (17))`
  const [x, y] = [numeric(column), numeric(label)]
  const rows = async (sql: string) => (await engine.rows(sql, source.parameters, options))[0]

  if (x !== null && y !== null) {
    const found = await rows(
      `with pairs as materialized (select x, y from (select ${x} as x, ${y} as y from ${sample}) where x is not null and y is not null),
         rx as (${ranks('x')}), ry as (${ranks('y')}),
         -- Squares of the largest numbers are none; a correlation is the same for any unit.
         m as (select greatest(max(abs(x)), 1e-300) as mx, greatest(max(abs(y)), 1e-300) as my from pairs)
       select count(*) as n, corr(x / mx, y / my) as pearson, corr(rx.r, ry.r) as spearman
       from pairs join rx on rx.v = pairs.x join ry on ry.v = pairs.y, m`,
    )
    const { n, pearson, spearman } = found ?? {}
    return {
      kind: 'numbers',
      ...names,
      pearson: numberOf(pearson),
      spearman: numberOf(spearman),
      rows: Number(n ?? 0),
      isExact,
    }
  }

  const none = (reason: string): ColumnLink => ({ kind: 'none', ...names, reason })
  /** Equal numbers stay together: the tenth is that of the middle of their ranks. */
  const group = ({ name, type }: ColumnSchema, number: string | null): string | null =>
    isGrouped(type) ? `${quoteName(name)}::varchar` : number
  const [gx, gy] = [group(column, x), group(label, y)]
  const odd = gx === null ? column : gy === null ? label : null
  if (odd) return none(`\`${odd.name}\` is ${odd.nativeType.toLowerCase()}, which has neither an order nor groups.`)
  const cut = (name: 'x' | 'y', { type }: ColumnSchema): string =>
    isGrouped(type)
      ? `select ${name} as v, ${name}::varchar as g from pairs group by ${name}`
      : `select v, floor(${tenths} * (r - 0.5) / (select count(*) from pairs))::int::varchar as g from (${ranks(name)})`
  const found = await rows(
    `with pairs as materialized (select x, y from (select ${gx} as x, ${gy} as y from ${sample}) where x is not null and y is not null),
       gx as (${cut('x', column)}), gy as (${cut('y', label)}),
       cells as materialized (select gx.g as a, gy.g as b, count(*)::double as n
         from pairs join gx on gx.v = pairs.x join gy on gy.v = pairs.y group by gx.g, gy.g),
       ra as (select a, sum(n) as n from cells group by a), rb as (select b, sum(n) as n from cells group by b),
       total as (select sum(n) as n from cells)
     select (select n from total) as n, (select count(*) from ra) as r, (select count(*) from rb) as c,
       sum(cells.n / total.n * ln(cells.n * total.n / (ra.n * rb.n))) as mi,
       total.n * (sum(cells.n * cells.n / (ra.n * rb.n)) - 1) as chi2
     from cells join ra on ra.a = cells.a join rb on rb.b = cells.b, total group by total.n`,
  )
  const [n, r, c] = [Number(found?.n ?? 0), Number(found?.r ?? 0), Number(found?.c ?? 0)]
  const many = r > mostGroups ? ([column, r] as const) : c > mostGroups ? ([label, c] as const) : null
  if (many)
    return none(
      `\`${many[0].name}\` has ${many[1].toLocaleString('en-US')} different values, too many to compare by groups.`,
    )
  const width = Math.min(r, c) - 1
  const chi2 = numberOf(found?.chi2)
  return {
    kind: 'groups',
    ...names,
    cramersV: width < 1 || chi2 === null ? null : Math.sqrt(Math.max(0, chi2) / n / width),
    mutualInformation: n === 0 ? null : Math.max(0, numberOf(found?.mi) ?? 0),
    rows: n,
    isExact,
  }
}
