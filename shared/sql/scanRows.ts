import { columnAlias } from './columns'
import type { Part, Scan } from './scan'
import { keyColumns, keyCondition, keyNames, rowCondition } from './scanKeys'
import type { RowNeeds } from './scanNeeds'

/** The time before every time: each key has one such row, so that a look-up always finds something. */
export const start = '(-4611686018427387904)'

const totalOf = (key: string): { kind: string; value: string } => {
  const [kind = '', value = ''] = key.split(':')
  return { kind, value }
}

/** Whether the rows are numbered in the scan’s one order (key, time, arrival, row key, content). */
const hasPositions = ({ lists, isFetched }: RowNeeds): boolean => isFetched || !lists.isEmpty

/** Keys as small numbers: everything below compares those. */
const idsPart = (scan: Scan, rows: string): Part => {
  const keys = keyNames(scan).join(', ')
  return {
    name: `${scan.name}_ids`,
    isMaterialized: true,
    sql: `select ${keys}, row_number() over (order by ${keys}) as id
  from (select distinct ${keyColumns(scan).join(', ')} from ${rows} s where ${rowCondition(scan)})`,
  }
}

/** The rows that count, with their position `g` where one is looked up by it. */
const rowsPart = (scan: Scan, rows: string, needs: RowNeeds): Part => {
  const { source, name, keys } = scan
  const columns = ['i.id', 's.ts', ...(source.createdColumn === null ? [] : ['s.arrival'])]
  columns.push(...needs.values.map((sql, alias) => `${sql} as ${alias}`))
  if (!needs.lasts.isEmpty) columns.push('s.n')
  if (hasPositions(needs)) columns.push('row_number() over (order by i.id, s.n) as g')
  const by = keys.map((key) => `s.${columnAlias(source, key)}`)
  const numbered = `select ${columns.join(', ')}
  from ${rows} s join ${name}_ids i on ${keyCondition(by, 'i')} where ${rowCondition(scan)} and s.ts is not null`
  const counted = needs.counted.map((key, alias) => {
    const { kind, value } = totalOf(key)
    const total = kind === 'sum' ? `sum(coalesce(${value}::bigint, 0))` : `count(${value})`
    return `${total} over (order by g rows unbounded preceding) as ${alias}`
  })
  return {
    name: `${name}_rows`,
    isMaterialized: hasPositions(needs),
    sql: counted.length === 0 ? numbered : `select *, ${counted.join(', ')} from (${numbered})`,
  }
}

/**
 * Every time of every key, with the number of rows up to it and the totals up to it: exact, being of integers. The
 * totals run over rows that are sorted already, which takes half as long as letting each window sort.
 */
const timesParts = ({ name }: Scan, needs: RowNeeds): Part[] => {
  const totals = needs.totals.map((key, alias) => {
    const { kind, value } = totalOf(key)
    const isSum = kind === 'sum'
    return {
      own: `${isSum ? `coalesce(sum(${value}::bigint), 0)` : `count(${value})`} as ${alias}`,
      running: isSum ? `sum(${alias}) over w as ${alias}` : `(sum(${alias}) over w)::bigint as ${alias}`,
    }
  })
  const lasts = needs.lasts.map((value, alias) => ({ alias, sql: `arg_max_null(${value}, n) as ${alias}` }))
  const own = [...totals.map(({ own }) => own), ...lasts.map(({ sql }) => sql)]
  const running = [...totals.map(({ running }) => running), ...lasts.map(({ alias }) => alias)]
  const nothing = [...totals.map(() => '0'), ...lasts.map(() => 'null')]
  return [
    {
      name: `${name}_own`,
      isMaterialized: true,
      sql: `select ${['id', 'ts', 'count(*) as m', ...own].join(', ')} from ${name}_rows group by id, ts`,
    },
    {
      name: `${name}_times`,
      isMaterialized: true,
      sql: `select ${['id', 'ts', '(sum(m) over w)::bigint as g', ...running].join(', ')} from (
    select * from (
      select * from ${name}_own union all select ${['id', start, '0', ...nothing].join(', ')} from ${name}_ids
    ) order by id, ts
  ) window w as (rows unbounded preceding)`,
    },
  ]
}

/** One row of lists by position. */
const listsPart = ({ name }: Scan, needs: RowNeeds): Part => ({
  name: `${name}_lists`,
  isMaterialized: true,
  sql: `select ${needs.lists.map((column, alias) => `list(${column} order by g) as ${alias}`).join(', ')} from ${name}_rows`,
})

/** The keys, rows and times of a scan. */
export const rowParts = (scan: Scan, rows: string, needs: RowNeeds): Part[] => [
  idsPart(scan, rows),
  rowsPart(scan, rows, needs),
  ...timesParts(scan, needs),
  ...(needs.lists.isEmpty ? [] : [listsPart(scan, needs)]),
]
