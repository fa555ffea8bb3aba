/**
 * What the language says about features, as loops over rows. Slow on purpose: no sorting tricks, no shared scans, no
 * code of the compiler’s. It knows no SQL.
 */
export type Value = number | string | boolean | null
/** Times are whole microseconds. */
export type Row = Readonly<Record<string, Value>>

export type RefExpr =
  | { op: 'column'; name: string }
  | { op: 'feature'; name: string }
  | { op: 'literal'; value: Value }
  | { op: 'call'; fn: string; args: readonly RefExpr[] }

export interface RefSource {
  readonly rows: readonly Row[]
  readonly time: string
  readonly created: string | null
  readonly rowKey: readonly string[]
  /** All of them, in the file’s order. */
  readonly columns: readonly string[]
}

export interface RefAggregate {
  readonly aggregate: string
  readonly args: readonly RefExpr[]
  readonly keys: readonly string[]
  readonly filter: RefExpr | null
  readonly window: { rule: 'open' | 'inclusive' | 'feast' | 'feathr' | 'chronon' } & (
    | { kind: 'time'; micros: number }
    | { kind: 'rows'; rows: number }
    | { kind: 'all' }
  )
  readonly lagMicros: number
}

const known = (value: Value): Value => (typeof value === 'number' && !Number.isFinite(value) ? null : value)

const arithmetic = (fn: string, a: number, b: number): number | null => {
  switch (fn) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0 ? null : a / b
    case '%':
      return b === 0 ? null : a % b
    default:
      throw new Error(fn)
  }
}

const comparison = (fn: string, a: Exclude<Value, null>, b: Exclude<Value, null>): boolean => {
  switch (fn) {
    case '=':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
    default:
      throw new Error(fn)
  }
}

export const evaluate = (expr: RefExpr, row: Row, feature: (name: string) => Value = () => null): Value => {
  if (expr.op === 'column') return known(row[expr.name] ?? null)
  if (expr.op === 'literal') return expr.value
  if (expr.op === 'feature') return feature(expr.name)
  const args = expr.args.map((arg) => evaluate(arg, row, feature))
  const [a = null, b = null, c = null] = args
  switch (expr.fn) {
    case 'and':
      if (a === false || b === false) return false
      return a === null || b === null ? null : true
    case 'or':
      if (a === true || b === true) return true
      return a === null || b === null ? null : false
    case 'not':
      return a === null ? null : !a
    case 'is_null':
      return a === null
    case 'coalesce':
      return args.find((one) => one !== null) ?? null
    case 'if':
      return a === true ? b : c
    default:
  }
  if (a === null || b === null) return null
  if (['+', '-', '*', '/', '%'].includes(expr.fn)) return known(arithmetic(expr.fn, Number(a), Number(b)))
  return comparison(expr.fn, a, b)
}

/** Ascending, nulls last. */
export const compare = (a: Value, b: Value): number => {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return a < b ? -1 : a > b ? 1 : 0
}

const timeOf = (source: RefSource, row: Row): number | null => {
  const value = row[source.time]
  return typeof value === 'number' ? value : null
}

const arrivalOf = (source: RefSource, row: Row): number | null => {
  const created = source.created === null ? null : row[source.created]
  return typeof created === 'number' ? created : timeOf(source, row)
}

const before = (source: RefSource, a: Row, b: Row): number => {
  const byTime = compare(timeOf(source, a), timeOf(source, b))
  if (byTime !== 0) return byTime
  const byArrival = compare(arrivalOf(source, a), arrivalOf(source, b))
  if (byArrival !== 0) return byArrival
  for (const name of [...source.rowKey, ...source.columns]) {
    const byColumn = compare(known(a[name] ?? null), known(b[name] ?? null))
    if (byColumn !== 0) return byColumn
  }
  return 0
}

const seconds = (micros: number): number => Math.floor(micros / 1e6)

/** Length of the steps at which Chronon’s windows begin. */
const hopOf = (micros: number): number => {
  const hours = micros / 3_600e6
  if (hours < 12) return 300e6
  return hours < 12 * 24 ? 3_600e6 : 86_400e6
}

/** Whether a row of this time lies in the window that ends at `end`, by the words of each system’s documentation. */
const isInWindow = (window: RefAggregate['window'], time: number, end: number): boolean => {
  const width = window.kind === 'time' ? window.micros : Number.POSITIVE_INFINITY
  const start = end - width
  switch (window.rule) {
    case 'open':
      return start <= time && time < end
    case 'inclusive':
      return start < time && time <= end
    case 'feast':
      return start <= time && time <= end
    case 'feathr':
      return start / 1e6 < seconds(time) && seconds(time) <= end / 1e6
    case 'chronon': {
      const first = Number.isFinite(start) ? Math.floor(start / hopOf(width)) * hopOf(width) : start
      return first <= time && time < end
    }
  }
}

/** The window’s rows, oldest first. */
const windowRows = (source: RefSource, definition: RefAggregate, key: readonly Value[], t: number): Row[] => {
  const { window, lagMicros } = definition
  const found: Row[] = []
  for (const row of source.rows) {
    const time = timeOf(source, row)
    const arrival = arrivalOf(source, row)
    if (time === null || arrival === null) continue
    if (
      !definition.keys.every(
        (name, index) => known(row[name] ?? null) !== null && known(row[name] ?? null) === key[index],
      )
    )
      continue
    if (definition.filter && evaluate(definition.filter, row) !== true) continue
    const isStudio = window.rule === 'open' || window.rule === 'inclusive'
    if (isStudio && source.created !== null && arrival > t) continue
    const end = (window.rule === 'feathr' ? seconds(t) * 1e6 : t) - lagMicros
    if (!isInWindow(window, time, end)) continue
    found.push(row)
  }
  found.sort((a, b) => before(source, a, b))
  return window.kind === 'rows' ? found.slice(-window.rows) : found
}

const numberArgument = (definition: RefAggregate): number => {
  const arg = definition.args[1]
  if (arg?.op === 'literal' && typeof arg.value === 'number') return arg.value
  throw new Error('No number.')
}

const quantile = (values: readonly number[], q: number): number | null => {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * q
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? 0
  return low + (high - low) * (place - Math.floor(place))
}

const variance = (values: readonly number[]): number | null => {
  if (values.length < 2) return null
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / values.length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return squares / (values.length - 1)
}

/** Most frequent first, then least. */
const top = (values: readonly Exclude<Value, null>[], count: number): Value => {
  const counts = new Map<Exclude<Value, null>, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const ranked = [...counts].sort(([a, n], [b, m]) => (n === m ? compare(a, b) : m - n))
  return ranked.length === 0 ? null : JSON.stringify(ranked.slice(0, count).map(([value]) => value))
}

const mode = (values: readonly Exclude<Value, null>[]): Value => {
  const counts = new Map<Exclude<Value, null>, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let best: Value = null
  for (const [value, count] of counts) {
    const bestCount = best === null ? 0 : (counts.get(best) ?? 0)
    if (count > bestCount || (count === bestCount && best !== null && value < best)) best = value
  }
  return best
}

export const aggregate = (
  source: RefSource,
  definition: RefAggregate,
  key: readonly Value[],
  t: number | null,
): Value => {
  const rows = t === null || key.includes(null) ? [] : windowRows(source, definition, key, t)
  const [arg] = definition.args
  const all = rows.map((row) => (arg ? evaluate(arg, row) : true))
  const values = all.filter((value) => value !== null)
  const numbers = values.map(Number)
  let sum = 0
  for (const number of numbers) sum += number
  switch (definition.aggregate) {
    case 'count':
      return arg ? values.length : rows.length
    case 'sum':
      return values.length === 0 ? null : known(sum)
    case 'mean':
      return values.length === 0 ? null : known(sum / values.length)
    case 'min':
      return values.reduce((least: Value, one) => (least === null || one < least ? one : least), null)
    case 'max':
      return values.reduce((most: Value, one) => (most === null || one > most ? one : most), null)
    case 'variance':
      return variance(numbers)
    case 'stddev': {
      const found = variance(numbers)
      return found === null ? null : Math.sqrt(found)
    }
    case 'median':
      return quantile(numbers, 0.5)
    case 'quantile':
      return quantile(numbers, numberArgument(definition))
    case 'distinct':
      return new Set(values).size
    case 'approx_distinct':
      return new Set(values).size
    case 'top':
      return top(values, numberArgument(definition))
    case 'mode':
      return mode(values)
    case 'first':
      return all[0] ?? null
    case 'last':
    case 'latest':
      return all.at(-1) ?? null
    case 'any':
      return values.length === 0 ? null : values.includes(true)
    case 'all':
      return values.length === 0 ? null : !values.includes(false)
    case 'ewma': {
      let total = 0
      let weights = 0
      rows.forEach((row, index) => {
        const value = all[index]
        if (value === null || value === undefined) return
        // From the newest row on: from a moment long after it, all weights would be too small to tell apart.
        const age = (timeOf(source, rows.at(-1) ?? row) ?? 0) - (timeOf(source, row) ?? 0)
        const weight = 0.5 ** (age / numberArgument(definition))
        total += Number(value) * weight
        weights += weight
      })
      return weights === 0 ? null : total / weights
    }
    default:
      throw new Error(definition.aggregate)
  }
}

/** The rows in the training set’s order: time (unknown first), row key, content. */
export const observationOrder = (source: RefSource, rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => {
    const [left, right] = [timeOf(source, a), timeOf(source, b)]
    if (left !== right) return left === null ? -1 : right === null ? 1 : left - right
    return before({ ...source, created: null }, a, b)
  })

/** By time order; rows of one time go together. */
export const timeSplits = (
  source: RefSource,
  ordered: readonly Row[],
  [train, valid, test]: readonly [number, number, number],
): string[] =>
  ordered.map((row) => {
    const time = timeOf(source, row)
    const earlier = ordered.filter((other) => {
      const one = timeOf(source, other)
      return time !== null && (one === null || one < time)
    }).length
    const share = earlier / ordered.length
    const total = train + valid + test
    return share < train / total ? 'train' : share < (train + valid) / total ? 'valid' : 'test'
  })
