import type { AggregateDefinition, Scan } from '../scan'
import { asksForArrival, upperDistance } from '../windows'
import { compileSparkOver } from './columns'
import { cast, sparkDouble, sparkTypeOf } from './expression'
import { distancesOf, listFrame, rangeFrame } from './frames'
import { aggregateList, letting } from './lists'
import { type ShortNames, shortNames } from './names'

/** What the slots of a scan need of the parts below them, each once. */
export interface Needs {
  /** Argument expressions over the rows `s`. */
  readonly values: ShortNames
  /** Running aggregates over the rows in their order, as `value` texts. */
  readonly running: ShortNames
  /** Lengths for which each row knows the last so many rows up to itself. */
  readonly tails: ShortNames
  /** Values, `distance:value`, of the newest row that has arrived. */
  readonly newest: ShortNames
  /** Aggregates of the rows of one key and one time. */
  readonly moments: ShortNames
  /** Window functions over the moments of one key. */
  readonly windows: ShortNames
  /** Lists of rows over a moment `p`. */
  readonly lists: ShortNames
  /** Lists of known values over the lists `q`. */
  readonly known: ShortNames
}

export const newNeeds = (): Needs => ({
  values: shortNames('v'),
  running: shortNames('r'),
  tails: shortNames('t'),
  newest: shortNames('a'),
  moments: shortNames('m'),
  windows: shortNames('w'),
  lists: shortNames('f'),
  known: shortNames('y'),
})

type Slot = Scan['slots'][number]

/** The moment of the newest row of a frame, by which one of several moments is chosen. */
const occupied = 'case when n > 0 then ts end'
/** Of the rows of one time; `items` stands for the list of them, which is made once. */
export const itemsName = 'items'

interface Tools {
  readonly needs: Needs
  readonly keys: readonly string[]
}

const over = ({ keys }: Tools, clock: string, frame: string): string =>
  `over (partition by ${keys.join(', ')} order by ${clock} ${frame})`

/** Counts, and sums of integers and booleans: exact, so that a window is the difference of two running sums. */
const totalValue = ({ definition, type }: Slot, value: string | null, tools: Tools): string => {
  const { aggregate, args, window } = definition
  const { needs } = tools
  const { clock, upper, lower } = distancesOf(definition)
  const upTo = (amount: string, distance: number): string =>
    needs.windows.of(
      `coalesce(sum(${amount === 'n' ? amount : needs.moments.of(amount)}) ${over(tools, clock, rangeFrame(null, distance))}, 0)`,
    )
  const total = (amount: string): string =>
    window.kind === 'all' || lower === null
      ? `z.${upTo(amount, upper)}`
      : `(z.${upTo(amount, upper)} - z.${upTo(amount, lower)})`
  const known = (): string => total(value === null ? 'n' : `count(${value})`)
  const sum = (): string =>
    total(args[0]?.type === 'bool' ? `count_if(${value})` : `coalesce(sum(cast(${value} as decimal(19, 0))), 0)`)
  switch (aggregate) {
    case 'count':
      return cast(known(), sparkTypeOf(type))
    case 'mean':
      return `(${cast(sum(), 'double')} / nullif(${cast(known(), 'double')}, ${sparkDouble(0)}))`
    case 'any':
      return `case when ${known()} > 0 then ${sum()} > 0 end`
    case 'all':
      return `case when ${known()} > 0 then ${sum()} = ${known()} end`
    default:
      return cast(`case when ${known()} > 0 then ${sum()} end`, sparkTypeOf(type))
  }
}

/** A value that one row of the window has: the least, the greatest, the oldest’s, the newest’s. */
const edgeValue = ({ definition }: Slot, value: string, frame: string, tools: Tools): string => {
  const { needs } = tools
  const { clock } = distancesOf(definition)
  const at = over(tools, clock, frame)
  switch (definition.aggregate) {
    case 'min':
    case 'max': {
      const fn = definition.aggregate
      return `z.${needs.windows.of(`${fn}(${needs.moments.of(`${fn}(${value})`)}) ${at}`)}`
    }
    case 'first':
      return `z.${needs.windows.of(`min_by(${needs.moments.of(`min_by(${value}, g)`)}, ${occupied}) ${at}`)}`
    default:
      return `z.${needs.windows.of(`max_by(${needs.moments.of(`max_by(${value}, g)`)}, ${occupied}) ${at}`)}`
  }
}

/** Floats over all rows: what the newest row knows of those up to itself, added up in their order. */
const runningValue = (slot: Slot, value: string, tools: Tools): string => {
  const { definition } = slot
  const { needs } = tools
  const { clock, upper } = distancesOf(definition)
  const asOf = (sql: string): string => {
    const running = needs.running.of(sql)
    const moment = needs.moments.of(`max_by(${running}, g)`)
    return `z.${needs.windows.of(`max_by(${moment}, ${occupied}) ${over(tools, clock, rangeFrame(null, upper))}`)}`
  }
  switch (definition.aggregate) {
    case 'sum':
      return asOf(`sum(${value})`)
    case 'mean':
      return `(${asOf(`sum(${value})`)} / nullif(${cast(asOf(`count(${value})`), 'double')}, ${sparkDouble(0)}))`
    case 'variance':
      return asOf(`var_samp(${cast(value, 'double')})`)
    default:
      return `sqrt(${asOf(`var_samp(${cast(value, 'double')})`)})`
  }
}

const listOf = (definition: AggregateDefinition, hasArrival: boolean, tools: Tools): string => {
  const { needs } = tools
  const { window } = definition
  if (window.kind === 'rows' && !hasArrival) {
    const { clock, upper } = distancesOf(definition)
    const tail = needs.moments.of(`max_by(${needs.tails.of(String(window.rows))}, g)`)
    const last = needs.windows.of(`max_by(${tail}, ${occupied}) ${over(tools, clock, rangeFrame(null, upper))}`)
    return needs.lists.of(`coalesce(p.${last}, array())`)
  }
  const { frame, conditions } = listFrame(definition, hasArrival)
  const all = `p.${needs.windows.of(`flatten(collect_list(${itemsName}) ${over(tools, 'ts', frame)})`)}`
  const own = conditions.length === 0 ? all : `filter(${all}, r -> ${conditions.join(' and ')})`
  if (window.kind !== 'rows') return needs.lists.of(own)
  // Late rows are filtered out first and counted then.
  const last = `slice(l, greatest(size(l) - ${window.rows}, 0) + 1, ${window.rows})`
  return needs.lists.of(letting('l', own, last))
}

const listValue = ({ definition, type }: Slot, value: string | null, hasArrival: boolean, tools: Tools): string => {
  const { aggregate, args } = definition
  const list = listOf(definition, hasArrival, tools)
  const known = (): string =>
    `z.${tools.needs.known.of(`filter(transform(q.${list}, r -> r.${value}), x -> x is not null)`)}`
  const sql = aggregateList(aggregate, args, { rows: `z.${list}`, value, valueType: args[0]?.type, known })
  return cast(sql, sparkTypeOf(type))
}

/** A slot’s value as SQL over `z`: the windows, lists and known values at one moment of one key. */
export const slotValue = (slot: Slot, scan: Scan, keys: readonly string[], needs: Needs): string => {
  const { definition } = slot
  const { aggregate, args, window } = definition
  const { source } = scan
  const tools: Tools = { needs, keys }
  const [argument] = args
  const value = argument ? needs.values.of(compileSparkOver(argument, source, 's')) : null
  const isLast = aggregate === 'last' || aggregate === 'latest'
  const hasArrival = source.createdColumn !== null && asksForArrival(definition)
  const isAll = window.kind === 'all'
  if (hasArrival) {
    if (!isAll || !isLast || value === null) return listValue(slot, value, true, tools)
    const moment = needs.moments.of(`max(${needs.newest.of(`${upperDistance(definition)}:${value}`)})`)
    return `z.${needs.windows.of(`max(${moment}) ${over(tools, 'ts', rangeFrame(null, 0))}`)}.v`
  }
  const { upper, lower } = distancesOf(definition)
  if (window.kind === 'rows')
    return isLast && value !== null
      ? edgeValue(slot, value, rangeFrame(null, upper), tools)
      : listValue(slot, value, false, tools)
  // Where the window begins is not said by a constant distance.
  if (!isAll && lower === null) return listValue(slot, value, false, tools)
  const isExact = argument?.type !== 'float'
  switch (aggregate) {
    case 'count':
    case 'any':
    case 'all':
      return totalValue(slot, value, tools)
    case 'sum':
    case 'mean':
      if (isExact) return totalValue(slot, value, tools)
      break
    case 'min':
    case 'max':
    case 'first':
    case 'last':
    case 'latest':
      if (value !== null)
        return edgeValue(slot, value, rangeFrame(isAll || lower === null ? null : lower - 1, upper), tools)
  }
  const runs = ['sum', 'mean', 'stddev', 'variance'].includes(aggregate)
  return isAll && runs && value !== null ? runningValue(slot, value, tools) : listValue(slot, value, false, tools)
}
