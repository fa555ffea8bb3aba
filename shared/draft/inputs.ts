import type { ColumnProfile, ColumnSchema } from '../data/profile'
import type { DraftFacts } from './facts'
import { isIdentifierName, isMoment } from './history'
import { canSpell } from './spelling'
import { perfectTie } from './ties'

interface Input {
  readonly column: string
  readonly profile: ColumnProfile
  readonly isNullable: boolean
}

/** A column that a model can read, and as what. */
export type DraftInput =
  /** `hasTail`: never below zero, and with a long tail. */
  | (Input & { readonly kind: 'number'; readonly hasTail: boolean })
  | (Input & { readonly kind: 'flag' })
  /** `max`: how many of its values get a column of their own. */
  | (Input & { readonly kind: 'category'; readonly max: number })

export interface LeftOut {
  readonly column: string
  /** Goes on after “is left out: ” or “are left out: ”. */
  readonly reason: string
}

export interface DraftInputs {
  readonly inputs: readonly DraftInput[]
  readonly leftOut: readonly LeftOut[]
  /** Those of `leftOut` that alone tell the label. */
  readonly tied: readonly string[]
}

const encodedValues = 50
const mostValues = 1_000
/** A draft that nobody can read is not kept: of more columns those that tell most about the label stay. */
const mostInputs = 40

const hasTail = ({ min, distinct, quantiles }: ColumnProfile): boolean =>
  typeof min === 'number' &&
  min >= 0 &&
  distinct > 10 &&
  quantiles !== null &&
  quantiles.p99 - quantiles.p50 > 5 * (quantiles.p50 - quantiles.p01)

const reasonFor = (profile: ColumnProfile, isEntity: boolean): string | null => {
  const { name, type, distinct, rows, nulls } = profile
  const known = rows - nulls
  if (!canSpell(name)) return 'its name cannot be written in the language'
  if (known === 0) return 'nothing but nulls'
  if (distinct <= 1) return 'one value in all rows'
  if (isMoment(profile)) return 'a time; use its `hour(…)` or `weekday(…)` if it is known beforehand'
  if (type === 'vector')
    return 'a list of numbers; write its length in the source, as in `schema (… : vector[8])`, and use it'
  if (type !== 'bool' && type !== 'int' && type !== 'float' && type !== 'string') return 'of a type that no model reads'
  if (type === 'int' && isIdentifierName(name) && (isEntity || distinct >= 0.5 * known))
    return 'it names rows, not kinds of rows'
  if (type !== 'string') return null
  if (distinct > 0.5 * known && known > 10) return 'almost every row has a text of its own'
  return distinct > mostValues ? `more than ${mostValues.toLocaleString('en-US')} different texts` : null
}

const inputOf = (profile: ColumnProfile, { isNullable }: ColumnSchema): DraftInput => {
  const base = { column: profile.name, profile }
  switch (profile.type) {
    case 'bool':
      return { ...base, kind: 'flag', isNullable }
    case 'string':
      return { ...base, kind: 'category', isNullable, max: Math.min(encodedValues, profile.distinct) }
    default:
      return { ...base, kind: 'number', isNullable: isNullable || profile.nonFinite > 0, hasTail: hasTail(profile) }
  }
}

/** What of the file goes into the model, what does not, and why. `passedOver` are columns that have another part. */
export const inputsOf = (
  { schema, profiles, ties }: DraftFacts,
  passedOver: ReadonlySet<string>,
  entityColumns: ReadonlySet<string>,
): DraftInputs => {
  const inputs: DraftInput[] = []
  const leftOut: LeftOut[] = []
  const tied: string[] = []
  for (const profile of profiles) {
    const column = schema.columns.find(({ name }) => name === profile.name)
    if (!column || passedOver.has(profile.name)) continue
    const reason = reasonFor(profile, entityColumns.has(profile.name))
    // An entity’s identifier has its part in the features.
    if (reason !== null) {
      if (!entityColumns.has(profile.name)) leftOut.push({ column: profile.name, reason })
    } else if ((ties[profile.name] ?? 0) >= perfectTie) {
      leftOut.push({ column: profile.name, reason: 'alone tells the label, so it is probably known only afterwards' })
      tied.push(profile.name)
    } else inputs.push(inputOf(profile, column))
  }
  if (inputs.length <= mostInputs) return { inputs, leftOut, tied }
  const byTie = inputs.toSorted((a, b) => (ties[b.column] ?? 0) - (ties[a.column] ?? 0))
  const kept = new Set(byTie.slice(0, mostInputs))
  const dropped = inputs.filter((input) => !kept.has(input))
  const reason = 'tells less about the label than those above'
  return {
    inputs: inputs.filter((input) => kept.has(input)),
    leftOut: [...leftOut, ...dropped.map(({ column }) => ({ column, reason }))],
    tied,
  }
}
