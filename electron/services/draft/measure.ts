import type { ColumnProfile } from '@shared/data/profile'
import type { DraftFacts, DraftLabel, SharedValues } from '@shared/draft/facts'
import { isIdentifierName } from '@shared/draft/history'
import { flagTie, numberTie, type TieGroup } from '@shared/draft/ties'
import { quoteName, quoteText } from '@shared/sql/quote'
import type { DataEngine, QueryOptions } from '../data/engine'

/** Rows as a table expression, and how to ask. */
export interface Measured {
  readonly engine: DataEngine
  readonly from: string
  readonly options: QueryOptions
}

/** Larger files are not searched for a key: to tell all rows apart takes as much memory as the rows. */
const keyedRows = 5_000_000
const keyCandidates = 6
/** A key that is almost one is one that a person would write: the rest are rows that were stored twice. */
const almostAll = 0.995
const orderedRows = 200_000
const tiedRows = 200_000
const rowsPerBin = 20
const mostBins = 200

const isText = ({ type }: ColumnProfile): boolean => type === 'string'
const isMoment = ({ type }: ColumnProfile): boolean => type === 'time' || type === 'date'

/** Every choice of at most two of the names. */
const choicesOf = (names: readonly string[]): string[][] => [
  ...names.map((name) => [name]),
  ...names.flatMap((first, index) => names.slice(index + 1).map((second) => [first, second])),
]

/** The fewest columns that tell (almost) all rows apart: a moment, up to two names of things, or both. Never what is measured. */
export const findKey = async (
  { engine, from, options }: Measured,
  profiles: readonly ColumnProfile[],
  rows: number,
): Promise<DraftFacts['key']> => {
  if (rows === 0 || rows > keyedRows) return null
  const distinctOf = new Map(profiles.map(({ name, distinct }) => [name, distinct]))
  const moment = profiles.find((profile) => isMoment(profile) && profile.distinct > 2)
  const things = profiles
    .filter(
      (profile) =>
        (isText(profile) || (profile.type === 'int' && isIdentifierName(profile.name))) &&
        profile.nulls === 0 &&
        profile.distinct > 1,
    )
    .toSorted((a, b) => Number(isIdentifierName(b.name)) - Number(isIdentifierName(a.name)) || b.distinct - a.distinct)
    .slice(0, keyCandidates)
    .map(({ name }) => name)
  const choices = [
    ...things.map((name) => [name]),
    ...(moment ? [[moment.name], ...choicesOf(things).map((names) => [moment.name, ...names])] : []),
  ].toSorted((a, b) => a.length - b.length)
  let best: DraftFacts['key'] = null
  for (const names of choices) {
    const most = names.reduce((product, name) => product * (distinctOf.get(name) ?? 1), 1)
    if (most < almostAll * rows) continue
    const list = names.map(quoteName).join(', ')
    const [row] = await engine.rows(`select count(*) as n from (select distinct ${list} from ${from})`, [], options)
    const distinct = Number(row?.n)
    // In the order of the file, as a person would write them.
    const columns = profiles.filter(({ name }) => names.includes(name)).map(({ name }) => name)
    if (distinct === rows) return { columns, distinct }
    if (distinct >= almostAll * rows && distinct > (best?.distinct ?? 0)) best = { columns, distinct }
  }
  return best
}

/** Times that never go back from row to row, in the first rows of the file. */
export const findAscending = async (
  { engine, from, options }: Measured,
  profiles: readonly ColumnProfile[],
): Promise<readonly string[]> => {
  const found: string[] = []
  for (const { name } of profiles.filter(isMoment)) {
    const [row] = await engine.rows(
      `select count(*) filter (where v < before) as n from
       (select v, lag(v) over (order by place) as before from
        (select ${quoteName(name)} as v, row_number() over () as place from (select * from ${from} limit ${orderedRows})))`,
      [],
      options,
    )
    if (Number(row?.n) === 0) found.push(name)
  }
  return found
}

/** Pairs of text columns of which one holds (almost) only values of the other. */
export const findShared = async (
  { engine, from, options }: Measured,
  profiles: readonly ColumnProfile[],
): Promise<readonly SharedValues[]> => {
  const names = profiles
    .filter((profile) => isText(profile) && profile.distinct > 2 && profile.distinct <= 100_000)
    .slice(0, keyCandidates)
    .map(({ name }) => name)
  const pairs = choicesOf(names).filter((pair) => pair.length === 2)
  const found: SharedValues[] = []
  for (const [first = '', second = ''] of pairs) {
    const values = (name: string) =>
      `(select distinct ${quoteName(name)} as v from ${from} where ${quoteName(name)} is not null)`
    const [row] = await engine.rows(
      `select count(*) as n, count(*) filter (where v in (select v from ${values(first)})) as both from ${values(second)}`,
      [],
      options,
    )
    if (Number(row?.both) >= 0.9 * Number(row?.n)) found.push({ first, second })
  }
  return found
}

const labelSql = (label: DraftLabel): string => {
  const column = quoteName(label.column)
  switch (label.kind) {
    case 'flag':
      return `${column}::int`
    case 'above':
      return `(${column} > ${label.limit})::int`
    case 'equals':
      return `(${column} = ${quoteText(label.value)})::int`
    case 'number':
      return column
  }
}

/** The value where a column has few, else one of up to 200 bins of equal count; nulls are a group of their own. */
const groupSql = ({ type, distinct }: ColumnProfile, bins: number): string => {
  const isOrdered = type !== 'string' && type !== 'bool'
  return isOrdered && distinct > bins
    ? `case when x is null then -1 else ntile(${bins}) over (partition by x is null order by x) end`
    : `coalesce(cast(x as varchar), '')`
}

/** How well a column alone tells the label, on a fixed sample; 0 where it has too many values to say. */
export const tieOf = async (
  { engine, from, options }: Measured,
  label: DraftLabel,
  profile: ColumnProfile,
  rows: number,
): Promise<number> => {
  const seen = Math.min(rows, tiedRows)
  const bins = Math.max(2, Math.min(mostBins, Math.floor(seen / rowsPerBin)))
  if (profile.type === 'string' && profile.distinct * (rowsPerBin / 2) > seen) return 0
  const sample =
    rows > tiedRows ? `(select * from ${from} using sample reservoir(${tiedRows} rows) repeatable (17))` : from
  // Of a number its rank: one outlier would otherwise be most of the variance.
  const y = label.kind === 'number' ? 'percent_rank() over (order by y)' : 'y'
  const groups = await engine.rows(
    `select count(*) as n, sum(y)::double as s, sum(y * y)::double as q from
     (select ${groupSql(profile, bins)} as g, ${y} as y from
      (select ${quoteName(profile.name)} as x, ${labelSql(label)} as y from ${sample} where ${quoteName(label.column)} is not null))
     group by g`,
    [],
    options,
  )
  const measured = groups.map(({ n, s, q }): TieGroup => ({ count: Number(n), sum: Number(s), squares: Number(q) }))
  return label.kind === 'number' ? numberTie(measured) : flagTie(measured)
}
