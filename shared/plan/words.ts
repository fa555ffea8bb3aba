import type { Expr, FeatureDefinition } from './plan'

type AggregateDefinition = Extract<FeatureDefinition, { form: 'aggregate' }>

const units = [
  [7 * 86_400_000_000, 'w'],
  [86_400_000_000, 'd'],
  [3_600_000_000, 'h'],
  [60_000_000, 'm'],
  [1_000_000, 's'],
  [1000, 'ms'],
  [1, 'µs'],
] as const

/** `3h 15m`. Whole weeks only by themselves: `1w`, but `8d`. */
export const durationWords = (micros: number): string => {
  const parts: string[] = []
  let rest = micros
  for (const [size, unit] of units) {
    if (unit === 'w' && rest % size !== 0) continue
    const count = Math.floor(rest / size)
    if (count > 0) parts.push(`${count}${unit}`)
    rest -= count * size
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}

/** How tightly the operators of the language bind, loosest first. */
const levels = [['or'], ['and'], ['not'], ['=', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%'], ['neg']]
const levelOf = (fn: string): number => levels.findIndex((level) => level.includes(fn))

/** An expression as the language writes it. */
export const exprWords = (expr: Expr, around = -1): string => {
  switch (expr.op) {
    case 'column':
    case 'feature':
      return expr.name
    case 'literal':
      return typeof expr.value === 'string' ? JSON.stringify(expr.value) : String(expr.value)
    case 'duration':
      return durationWords(expr.micros)
    case 'call': {
      // The length of a vector stands in its type.
      if (expr.fn === 'vector' && expr.args[0]) return exprWords(expr.args[0], around)
      const level = levelOf(expr.fn)
      const [first, second] = expr.args
      if (level < 0 || !first) return `${expr.fn}(${expr.args.map((arg) => exprWords(arg)).join(', ')})`
      // What stands on the right of an operator of the same level needs its parentheses: a − (b − c).
      const text = second
        ? `${exprWords(first, level - 1)} ${expr.fn} ${exprWords(second, level)}`
        : `${expr.fn === 'neg' ? '-' : `${expr.fn} `}${exprWords(first, level - 1)}`
      return level <= around ? `(${text})` : text
    }
  }
}

/** `mean(delay)`. */
export const aggregateWords = ({ aggregate, args }: AggregateDefinition): string =>
  `${aggregate}(${args.map((arg) => exprWords(arg)).join(', ')})`

/** The moment t, or one before it. */
const before = (micros: number): string => (micros === 0 ? 't' : `t − ${durationWords(micros)}`)

const hopWords = (micros: number): string => {
  const hours = micros / 3_600_000_000
  return hours >= 12 * 24 ? '1d' : hours >= 12 ? '1h' : '5m'
}

/** Which rows the window holds at a moment t, by their times: `[t − 3h 15m, t − 15m)`. */
export const windowWords = ({ aggregate, window, lagMicros }: AggregateDefinition): string => {
  const end = before(lagMicros)
  const isOpen = window.rule === 'open' || window.rule === 'chronon'
  const cut = window.rule === 'feathr' ? ', in whole seconds' : ''
  if (window.kind !== 'time') {
    const until = `${isOpen ? 'before' : 'up to'} ${end}${cut}`
    const isOne = aggregate === 'latest' || aggregate === 'last'
    if (window.kind === 'rows') return `the last ${window.rows === 1 ? 'row' : `${window.rows} rows`} ${until}`
    return isOne ? `the newest row ${until}` : `all rows ${until}`
  }
  const start = before(lagMicros + window.micros)
  const from = window.rule === 'chronon' ? `${start} cut down to ${hopWords(window.micros)}` : start
  const left = window.rule === 'inclusive' || window.rule === 'feathr' ? '(' : '['
  return `${left}${from}, ${end}${isOpen ? ')' : ']'}${cut}`
}
