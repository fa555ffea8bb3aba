import type { Part, Probe, Scan } from './scan'
import { keyCondition } from './scanKeys'
import { type ProbeNeeds, probeNeeds, type RowNeeds, slotValue } from './scanNeeds'
import { start } from './scanRows'

/** The newest row among those that had arrived, at each moment at which that changes. */
const newestParts = (scan: Scan, probe: Probe, needs: ProbeNeeds): Part[] =>
  needs.newest.map((distance, alias) => ({
    name: `${probe.name}_${alias}`,
    isMaterialized: true,
    sql: `select id, ts, max(g) as g from (
    select id, ts, max(g) over (partition by id order by ts range unbounded preceding) as g
    from (select id, greatest(ts + ${distance}, arrival) as ts, g from ${scan.name}_rows)
  ) group by id, ts`,
  }))

/**
 * What is looked up for each of the moments `p`: one `ASOF` join a distinct bound. Its right side is unique by key and
 * time: on ties `ASOF` picks as it likes.
 */
const lookUps = (scan: Scan, probe: Probe, needs: ProbeNeeds): string[] => [
  ...needs.bounds.map((moment, alias) =>
    moment === 'start'
      ? `join ${scan.name}_times ${alias} on p.id = ${alias}.id and ${alias}.ts = ${start}`
      : `asof join ${scan.name}_times ${alias} on p.id = ${alias}.id and ${moment} >= ${alias}.ts`,
  ),
  ...needs.newest.map(
    (_, alias) => `asof left join ${probe.name}_${alias} ${alias} on p.id = ${alias}.id and p.ts >= ${alias}.ts`,
  ),
  ...needs.fetches.map((position, alias) => `left join ${scan.name}_rows ${alias} on ${alias}.g = ${position}`),
  ...(needs.isWalked ? [`cross join ${scan.name}_lists w`] : []),
]

/** The values of the slots that are asked for in one way. */
export const probeParts = (scan: Scan, probe: Probe, observations: string, rows: RowNeeds): Part[] => {
  const needs = probeNeeds()
  const { name } = probe
  const slots = scan.slots.filter(({ alias }) => probe.asked.has(alias))
  const values = slots.map((slot) => slotValue(slot, scan.source, rows, needs))
  const moments = `select o.row_number, i.id, o.ts
    from ${observations} o join ${scan.name}_ids i on ${keyCondition(probe.columns, 'i')} where o.ts is not null`
  const frames = needs.frames.map((sql, alias) => `${sql} as ${alias}`)
  const valuesOf = (from: string, names: readonly string[]): string => {
    const columns = [...names.map((one) => `p.${one}`), ...frames, ...(needs.isWalked ? ['w.*'] : [])]
    return `select ${[...names.map((one) => `q.${one}`), ...values].join(', ')}
  from (select ${columns.join(', ')}
    from ${from} p
    ${lookUps(scan, probe, needs).join('\n    ')}) q`
  }
  const newest = newestParts(scan, probe, needs)
  if (!needs.isWalked) return [...newest, { name, isMaterialized: true, sql: valuesOf(`(${moments})`, ['row_number']) }]
  // A walk is dear: each key and moment is walked once, however many rows ask for it.
  return [
    ...newest,
    { name: `${name}_moments`, isMaterialized: true, sql: moments },
    {
      name: `${name}_values`,
      isMaterialized: false,
      sql: valuesOf(`(select distinct id, ts from ${name}_moments)`, ['id', 'ts']),
    },
    {
      name,
      isMaterialized: true,
      sql: `select ${['m.row_number', ...slots.map(({ alias }) => `x.${alias}`)].join(', ')}
  from ${name}_moments m join ${name}_values x on x.id = m.id and x.ts = m.ts`,
    },
  ]
}
