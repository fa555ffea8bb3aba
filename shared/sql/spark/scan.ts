import { columnAlias } from '../columns'
import type { Part, Scan } from '../scan'
import { keyColumns, keyNames } from '../scanKeys'
import { duplicateKeyMark, requireLookUps } from '../timeless'
import { compileSparkOver, sparkMicros, sparkTies } from './columns'
import { sparkText } from './quote'
import { itemsName, type Needs, newNeeds, slotValue } from './slots'

const rowCondition = ({ source, keys, filter }: Scan): string =>
  [
    ...keys.map((key) => `s.${columnAlias(source, key)} is not null`),
    ...(filter ? [compileSparkOver(filter, source, 's')] : []),
    'true',
  ].join(' and ')

const part = (name: string, sql: string): Part => ({ name, sql, isMaterialized: false })

const hasItems = ({ windows }: Needs): boolean => windows.entries().some(([sql]) => sql.includes(itemsName))

/** Whether it matters which row comes before which; otherwise none is numbered. */
const isOrdered = (needs: Needs): boolean =>
  hasItems(needs) || needs.newest.names().length > 0 || needs.moments.entries().some(([sql]) => sql.endsWith(', g)'))

/** Names of what each row has for the moments. */
const carried = (needs: Needs): string[] => [
  ...(isOrdered(needs) ? ['arrival', 'g'] : []),
  ...needs.values.names(),
  ...needs.running.names(),
  ...needs.tails.names(),
]

/** The rows that count, in the scan’s one order (key, time, arrival, row key, content), with what each knows of those before it. */
const rowsPart = (scan: Scan, timeColumn: string, rows: string, needs: Needs): Part => {
  const { source, name } = scan
  const keys = keyNames(scan)
  const time = sparkMicros(`s.${columnAlias(source, timeColumn)}`)
  const arrival =
    source.createdColumn === null
      ? time
      : `coalesce(${sparkMicros(`s.${columnAlias(source, source.createdColumn)}`)}, ${time})`
  const order = ['ts', 'arrival', ...sparkTies(source, 's')]
  const ordered = `partition by ${keys.join(', ')} order by ${order.join(', ')}`
  const fields = ['ts', ...needs.values.names()].map((field) => `'${field}', ${field}`).join(', ')
  const known = [
    ...(isOrdered(needs) ? [`row_number() over (${ordered}) as g`] : []),
    ...needs.running
      .entries()
      .map(([sql, alias]) => `${sql} over (${ordered} rows between unbounded preceding and current row) as ${alias}`),
    ...needs.tails
      .entries()
      .map(
        ([count, alias]) =>
          `collect_list(named_struct(${fields})) over (${ordered} rows between ${Number(count) - 1} preceding and current row) as ${alias}`,
      ),
  ]
  return part(
    `${name}_rows`,
    `select ${[...keys, 'ts', 'arrival', ...needs.values.names(), ...known].join(', ')}
  from (select ${[...keyColumns(scan), `${time} as ts`, `${arrival} as arrival`, ...needs.values.columns(), 's.*'].join(', ')}
    from ${rows} s where ${rowCondition(scan)}) s where ts is not null`,
  )
}

/** Every time of every key at which a row is, at which a value is asked for, or from which on a late row is seen. */
const momentsPart = (scan: Scan, asked: string, needs: Needs): Part => {
  const { name, probes } = scan
  const keys = keyNames(scan)
  const columns = carried(needs)
  const newest = needs.newest.names()
  const nothing = (names: readonly string[]): string[] => names.map((one) => `null as ${one}`)
  const rows = `select ${[...keys, 'ts', '0 as asked', '1 as n', ...columns, ...nothing(newest)].join(', ')} from ${name}_rows`
  const late = needs.newest.entries().map(([key, alias]) => {
    const [distance, value] = key.split(':')
    const others = newest.map((one) =>
      one === alias ? `named_struct('g', g, 'v', ${value}) as ${one}` : `null as ${one}`,
    )
    const seen = `greatest(ts + ${distance}, arrival) as ts`
    return `select ${[...keys, seen, '0 as asked', '0 as n', ...nothing(columns), ...others].join(', ')} from ${name}_rows`
  })
  const wanted = probes.map(({ columns: expressions }) => {
    const probe = expressions.length === 0 ? ['0 as k0'] : expressions.map((sql, index) => `${sql} as k${index}`)
    const known = ['o.ts is not null', ...expressions.map((sql) => `${sql} is not null`)].join(' and ')
    return `select ${[...probe, 'o.ts', '1 as asked', '0 as n', ...nothing([...columns, ...newest])].join(', ')} from ${asked} o where ${known}`
  })
  const fields = ['g', 'ts', 'arrival', ...needs.values.names()].map((field) => `'${field}', ${field}`).join(', ')
  const items = hasItems(needs)
    ? [`array_sort(collect_list(case when n = 1 then named_struct(${fields}) end)) as ${itemsName}`]
    : []
  const hasSeconds = needs.windows.entries().some(([sql]) => sql.includes(' order by second '))
  const own = [
    ...['max(asked) as asked', 'sum(n) as n'],
    ...(hasSeconds ? ['ts - pmod(ts, 1000000) as second'] : []),
    ...needs.moments.columns(),
    ...items,
  ]
  return part(
    `${name}_moments`,
    `select ${[...keys, 'ts', ...own].join(', ')}
  from (${[rows, ...late, ...wanted].join('\n    union all ')})
  group by ${[...keys, 'ts'].join(', ')}`,
  )
}

const valuesPart = (scan: Scan, needs: Needs, values: readonly string[]): Part => {
  const { name } = scan
  const keys = keyNames(scan)
  const windows = `(select ${[...keys, 'ts', 'asked', ...needs.windows.columns()].join(', ')} from ${name}_moments)`
  const hasLists = needs.lists.names().length > 0
  const lists = `(select ${['p.*', ...needs.lists.columns()].join(', ')}
      from ${windows} p where p.asked = 1)`
  const known = `(select ${['q.*', ...needs.known.columns()].join(', ')}
    from ${lists} q)`
  return part(
    name,
    `select ${[...keys.map((key) => `z.${key}`), 'z.ts', ...values].join(', ')}
  from ${hasLists ? known : windows} z where z.asked = 1`,
  )
}

/** For a source without time: the row of each key; two rows with one key is an error that names it. */
const timelessPart = (scan: Scan, rows: string): Part => {
  const { source, keys, name } = scan
  requireLookUps(scan)
  const names = keyNames(scan)
  const key = keys.length === 0 ? [] : [`concat_ws(', ', ${names.map((one) => `cast(${one} as string)`).join(', ')})`]
  const message = `concat(${[sparkText(`${duplicateKeyMark}${source.name}|`), ...key].join(', ')})`
  const values = scan.slots.map(({ alias, definition }) => {
    const value = definition.args[0] ? compileSparkOver(definition.args[0], source, 's') : 'null'
    return `${value} as ${alias}`
  })
  const first = scan.slots.map(({ alias }) => `first(${alias}) as ${alias}`)
  const kept = scan.slots.map(
    ({ alias }) => `case when n > 1 then raise_error(${message}) else ${alias} end as ${alias}`,
  )
  return part(
    name,
    `select ${[...names, ...kept].join(', ')}
  from (select ${[...names, 'count(*) as n', ...first].join(', ')}
    from (select ${[...keyColumns(scan), ...values].join(', ')} from ${rows} s where ${rowCondition(scan)})
    group by ${names.join(', ')})`,
  )
}

/**
 * The statement’s parts for one scan. Its last part, named like it, has the keys `k0…`, the moment `ts` where the source has a
 * time, and one column a slot. `rows` is a relation of the source’s normalised rows, `asked` one that the probes read as
 * `o` and whose event time is `o.ts`, in microseconds.
 *
 * Rows and questions of one key go to one machine, once: everything is a window function there.
 */
export const compileSparkScan = (scan: Scan, rows: string, asked: string): Part[] => {
  const { timeColumn } = scan.source
  if (timeColumn === null) return [timelessPart(scan, rows)]
  const needs = newNeeds()
  const keys = keyNames(scan)
  const values = scan.slots.map((slot) => `${slotValue(slot, scan, keys, needs)} as ${slot.alias}`)
  return [rowsPart(scan, timeColumn, rows, needs), momentsPart(scan, asked, needs), valuesPart(scan, needs, values)]
}
