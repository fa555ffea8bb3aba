import { StudioError } from '../errors'

const dayMs = 86_400_000
/** A hundred years. */
const mostDays = 36_525

const parsed = (text: string): number => {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // The 30th of February is no day, though JavaScript makes one of it.
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return ms
  throw new StudioError('invalid_input', `\`${text}\` is no day.`, { hint: 'Write it like 2001-01-05.' })
}

/** Every day of a range, both ends with it, such as `2001-01-05`. */
export const daysBetween = (from: string, to: string): string[] => {
  const [first, last] = [parsed(from), parsed(to)]
  if (last < first)
    throw new StudioError('invalid_input', `${to} lies before ${from}.`, { hint: 'Write the earlier day first.' })
  const count = (last - first) / dayMs + 1
  if (count > mostDays)
    throw new StudioError('invalid_input', `${count.toLocaleString('en-US')} days are too many at once.`, {
      hint: 'Name at most a hundred years.',
    })
  return Array.from({ length: count }, (_, index) => new Date(first + index * dayMs).toISOString().slice(0, 10))
}

/** A day as so many days since 1970. */
export const dayNumber = (day: string): number => parsed(day) / dayMs

/** Midnight at the end of a day, UTC, in microseconds: what happened at that very moment is not of the day. */
export const endOfDay = (day: string): bigint => BigInt(parsed(day) + dayMs) * 1000n

/** As DuckDB writes and reads it. */
export const momentAtEnd = (day: string): string =>
  `${new Date(parsed(day) + dayMs).toISOString().slice(0, 10)} 00:00:00`
