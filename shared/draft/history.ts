import type { ColumnProfile } from '../data/profile'
import type { DraftFacts } from './facts'
import { canSpell, wordsOf } from './spelling'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Windows that people think in. */
const ladder = [
  ['15m', 15 * minute],
  ['30m', 30 * minute],
  ['1h', hour],
  ['3h', 3 * hour],
  ['6h', 6 * hour],
  ['12h', 12 * hour],
  ['1d', day],
  ['3d', 3 * day],
  ['7d', 7 * day],
  ['14d', 14 * day],
  ['28d', 28 * day],
  ['90d', 90 * day],
  ['365d', 365 * day],
] as const

const inWords: Readonly<Record<string, string>> = {
  '15m': 'quarter of an hour',
  '30m': 'half hour',
  '1h': 'hour',
  '1d': 'day',
}

/** `the last three hours` reads `the last 3h` here: the unit as the program writes it. */
export const windowWords = (text: string): string => `the last ${inWords[text] ?? text}`

const eventWords = new Set(['date', 'time', 'timestamp', 'ts', 'datetime', 'at', 'when', 'day', 'event'])
/** Columns with these names say when a row was stored, and not when it happened. */
const storedWords = new Set([
  'created',
  'updated',
  'modified',
  'inserted',
  'loaded',
  'ingested',
  'processed',
  'arrived',
])

const entityWords = new Set(
  'id code key no nr number user customer client account device store shop product item sku station airport'.split(' '),
)

const identifierWords = new Set(['id', 'uuid', 'guid', 'index', 'idx', 'rownum', 'unnamed', 'key', 'no', 'nr'])

export const isIdentifierName = (name: string): boolean => wordsOf(name).some((word) => identifierWords.has(word))

export const isMoment = ({ type }: ColumnProfile): boolean => type === 'time' || type === 'date'

const momentOf = (value: ColumnProfile['min']): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN)

/** How long the column’s values reach, in ms; 0 where that is not known. */
export const spanOf = ({ min, max }: ColumnProfile): number => {
  const span = momentOf(max) - momentOf(min)
  return Number.isFinite(span) && span > 0 ? span : 0
}

/** The column that says when a row happened: in order, known, and named so; null where there is none. */
export const timeOf = ({ profiles, ascending }: DraftFacts): ColumnProfile | null => {
  const score = (profile: ColumnProfile): number => {
    const words = wordsOf(profile.name)
    return (
      (ascending.includes(profile.name) ? 4 : 0) +
      (words.some((word) => eventWords.has(word)) ? 2 : 0) +
      (profile.nulls === 0 ? 2 : 0) +
      (profile.type === 'time' ? 1 : 0) -
      (words.some((word) => storedWords.has(word)) ? 3 : 0)
    )
  }
  const candidates = profiles.filter(
    (profile) =>
      isMoment(profile) && canSpell(profile.name) && profile.distinct > 2 && profile.nulls < profile.rows / 2,
  )
  return candidates.reduce<ColumnProfile | null>(
    (best, profile) => (best === null || score(profile) > score(best) ? profile : best),
    null,
  )
}

export interface DraftEntity {
  readonly column: ColumnProfile
  /** Other columns that hold the same things; features of the entity are joined by them too. */
  readonly also: readonly string[]
}

const isEntityColumn = (profile: ColumnProfile): boolean => {
  const { type, name, distinct, rows, nulls } = profile
  if (!canSpell(name) || rows - nulls < 5 * distinct || distinct < 3) return false
  const isNamed = wordsOf(name).some((word) => entityWords.has(word))
  return type === 'string' ? distinct > 12 || isNamed : type === 'int' && isNamed
}

const mostEntities = 2

/** What the rows are about again and again; at most two, those with more values first. */
export const entitiesOf = (facts: DraftFacts, passedOver: ReadonlySet<string>): readonly DraftEntity[] => {
  const candidates = facts.profiles
    .filter((profile) => isEntityColumn(profile) && !passedOver.has(profile.name))
    .toSorted((a, b) => b.distinct - a.distinct)
  const entities: DraftEntity[] = []
  const placed = new Set<string>()
  for (const column of candidates) {
    if (placed.has(column.name) || entities.length === mostEntities) continue
    // Of two columns that share their values the first in the file gives the name.
    const partners = candidates.filter(
      ({ name, type }) =>
        type === column.type &&
        !placed.has(name) &&
        facts.shared.some(
          ({ first, second }) =>
            (first === column.name && second === name) || (first === name && second === column.name),
        ),
    )
    const [first = column, ...rest] = facts.profiles.filter((one) => one === column || partners.includes(one))
    const also = rest.slice(0, 1)
    for (const { name } of [first, ...also]) placed.add(name)
    entities.push({ column: first, also: also.map(({ name }) => name) })
  }
  return entities
}

export interface DraftWindows {
  readonly short: string
  readonly long: string | null
}

/** A short and a long window in which an entity has rows enough; null where its rows are too few for the time they span. */
export const windowsOf = (time: ColumnProfile, entity: ColumnProfile): DraftWindows | null => {
  const span = spanOf(time)
  const perEntity = (entity.rows - entity.nulls) / entity.distinct
  const least = time.type === 'date' ? 7 * day : 0
  const short = ladder.find(([, length]) => length >= least && (perEntity * length) / span >= 5)
  if (!short || short[1] > span / 8) return null
  const long = ladder.find(([, length]) => length >= 6 * short[1] && length <= span / 4)
  return { short: short[0], long: long?.[0] ?? null }
}
