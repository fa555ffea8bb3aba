import { counted } from '../counted'
import type { ColumnProfile } from '../data/profile'
import { StudioError } from '../errors'
import type { DraftLabel } from './facts'
import { literal, nullShare, rounded } from './figures'
import { canQuote, canSpell, shown, wordsOf } from './spelling'

/** What people call the thing that is to be predicted. */
const labelWords = new Set(['label', 'target', 'outcome', 'class', 'y', 'response'])
const eventWords = new Set(
  `churn churned fraud fraudulent default defaulted click clicked converted conversion survived approved cancelled
  canceled returned won spam bought purchased purchase success failed failure readmitted attrition diagnosis late`.split(
    /\s+/,
  ),
)
const amountWords = new Set(
  `price amount revenue sales demand cost charges fare rating score delay duration species medv mpg yield consumption
  lateness wait latency`.split(/\s+/),
)
/** Numbers of which people ask whether they are too large. */
const lateWords = new Set(['delay', 'lateness', 'late', 'wait', 'waiting', 'latency', 'overdue', 'downtime'])
const affirmative = new Set(['yes', 'y', 'true', 't', '1', 'positive', 'pos', 'success', 'bad', 'fraud', 'churned'])

/** Fewer of one kind are too few to learn from, and most often a slip of the data. */
const leastShare = 0.001
const mostClasses = 20
const leastScore = 40

const says = (name: string, among: ReadonlySet<string>): boolean => wordsOf(name).some((word) => among.has(word))
const isNumber = ({ type }: ColumnProfile): boolean => type === 'int' || type === 'float'
const isLate = ({ name }: ColumnProfile): boolean => says(name, lateWords)

const textValues = ({ top }: ColumnProfile) =>
  top.flatMap(({ value, count }) => (value !== null && canQuote(value) ? [{ value, count }] : []))

/** The value that a two-valued text is asked about: the one that affirms, else the rarer one. */
const asked = (profile: ColumnProfile): string | null => {
  const values = textValues(profile)
  const said = values.find(({ value }) => affirmative.has(value.trim().toLowerCase()))
  return (said ?? values.at(profile.distinct === 2 ? 1 : 0))?.value ?? null
}

const isLopsided = ({ quantiles }: ColumnProfile): boolean =>
  quantiles !== null && quantiles.p95 - quantiles.p50 > 3 * (quantiles.p50 - quantiles.p05)

/** The question that a column can be asked; null where it cannot be a label. */
const questionOf = (profile: ColumnProfile): DraftLabel | null => {
  const { name, type, distinct, min, quantiles } = profile
  if (distinct < 2 || !canSpell(name)) return null
  if (type === 'bool') return { kind: 'flag', column: name }
  if (type === 'string') {
    const value = distinct <= mostClasses ? asked(profile) : null
    return value === null ? null : { kind: 'equals', column: name, value }
  }
  if (!isNumber(profile)) return null
  if (distinct === 2)
    return typeof min === 'number' && literal(min) !== null
      ? { kind: 'above', column: name, limit: min, shape: 'two-valued' }
      : null
  const limit = quantiles === null ? 0 : rounded(quantiles.p75)
  return isLate(profile) && isLopsided(profile) && literal(limit) !== null
    ? { kind: 'above', column: name, limit, shape: 'tail' }
    : { kind: 'number', column: name }
}

/** The share of the rarer answer, as far as the profile tells it. */
const rarerShare = ({ top, rows, nulls, distinct }: ColumnProfile): number =>
  distinct === 2 && rows > nulls ? Math.min(...top.map(({ count }) => count)) / (rows - nulls) : 1

const scoreOf = (profile: ColumnProfile): number => {
  const { name, type, distinct, min, max } = profile
  if (labelWords.has(name.toLowerCase())) return 100
  if (says(name, labelWords) || says(name, eventWords)) return distinct > 2 && type === 'string' ? 70 : 90
  if (says(name, amountWords)) return 60
  if (type === 'bool') return 50
  return isNumber(profile) && distinct === 2 && min === 0 && max === 1 ? 45 : 0
}

/** The column that most looks like what should be predicted; of equals the last, where labels mostly stand. */
const likeliest = (profiles: readonly ColumnProfile[]): DraftLabel | null => {
  let best: { readonly score: number; readonly label: DraftLabel } | null = null
  for (const profile of profiles) {
    const label = questionOf(profile)
    const score = scoreOf(profile)
    if (!label || score < leastScore || score < (best?.score ?? 0)) continue
    if (rarerShare(profile) < leastShare || nullShare(profile) > 0.5) continue
    best = { score, label }
  }
  return best?.label ?? null
}

/** The label of a draft: of the column that a person named, or of the likeliest; null where none looks like one. */
export const labelOf = (profiles: readonly ColumnProfile[], wanted?: string): DraftLabel | null => {
  if (wanted === undefined) return likeliest(profiles)
  const profile = profiles.find(({ name }) => name === wanted)
  if (!profile)
    throw new StudioError('missing_column', `The file has no column ${shown(wanted)}.`, {
      hint: `It has ${profiles.map(({ name }) => shown(name)).join(', ')}.`,
      place: { column: wanted },
    })
  const label = questionOf(profile)
  if (label) return label
  throw new StudioError('invalid_input', `The column ${shown(wanted)} cannot be a label.`, {
    hint: `A label is a flag, a number or a text of 2 to ${mostClasses} values; this one is ${profile.type} with ${counted(profile.distinct, 'value')}.`,
    place: { column: wanted },
  })
}
