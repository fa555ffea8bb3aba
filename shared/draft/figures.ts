import { counted } from '../counted'
import type { ColumnProfile } from '../data/profile'

export const count = (value: number): string => value.toLocaleString('en-US')

export const figure = (value: number): string =>
  Number.isInteger(value) ? count(value) : value.toLocaleString('en-US', { maximumSignificantDigits: 3 })

/** `0.4 %`, `< 0.1 %`, `12 %`. */
export const percent = (share: number): string => {
  if (share > 0 && share < 0.001) return '< 0.1 %'
  if (share < 1 && share > 0.999) return '> 99.9 %'
  return `${share < 0.1 ? Number((share * 100).toFixed(1)) : Math.round(share * 100)} %`
}

export const nullShare = ({ rows, nulls, nonFinite }: ColumnProfile): number =>
  rows === 0 ? 0 : (nulls + nonFinite) / rows

/** What the data showed of a column where that decided something: `0.4 % null, 229 values`. */
export const remark = (profile: ColumnProfile, isCounted: boolean): string => {
  const nulls = nullShare(profile)
  const parts = [
    ...(nulls > 0 ? [`${percent(nulls)} null`] : []),
    ...(isCounted ? [`${profile.isDistinctExact ? '' : 'about '}${counted(profile.distinct, 'value')}`] : []),
  ]
  return parts.join(', ')
}

/** A round number near to another: 13.2 as 15, 0.0712 as 0.07. */
export const rounded = (value: number): number => {
  if (value === 0 || !Number.isFinite(value)) return 0
  const power = 10 ** Math.floor(Math.log10(Math.abs(value)))
  const steps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10]
  const size = Math.abs(value) / power
  const nearest = steps.reduce((best, step) => (Math.abs(step - size) < Math.abs(best - size) ? step : best))
  return Number((Math.sign(value) * nearest * power).toPrecision(6))
}

/** A number as a program writes it, which knows no exponents; null where it cannot be written in a few digits. */
export const literal = (value: number): string | null => {
  const text = String(value)
  return /^-?\d{1,15}(\.\d{1,12})?$/.test(text) ? text : null
}
