import type { ColumnProfile } from '../data/profile'
import type { DraftLabel } from './facts'
import { figure, literal, percent } from './figures'
import { identifierOf, quoted, shown, spelled } from './spelling'

/** The label as an expression of the language. */
export const conditionOf = (label: DraftLabel): string => {
  const column = spelled(label.column)
  switch (label.kind) {
    case 'flag':
    case 'number':
      return column
    case 'above':
      return `${column} > ${literal(label.limit) ?? 0}`
    case 'equals':
      return `${column} = ${quoted(label.value)}`
  }
}

/** What the label is called: after its column, or after what is asked of it. */
export const labelNameOf = (label: DraftLabel, { distinct }: ColumnProfile): string => {
  if (label.kind === 'above' && label.shape === 'tail') return `high_${identifierOf(label.column)}`
  if (label.kind === 'equals' && distinct > 2) return `is_${identifierOf(label.value)}`
  return identifierOf(label.column)
}

/** ` So it is in 24 % of the rows.` */
const shareOf = (value: string | null | undefined, { top, rows, nulls }: ColumnProfile): string => {
  const found = top.find((one) => one.value === value)
  return found && rows > nulls ? ` So it is in ${percent(found.count / (rows - nulls))} of the rows.` : ''
}

/** The question in a sentence, with what the data showed of its answers. */
export const questionWords = (label: DraftLabel, profile: ColumnProfile): string => {
  const { quantiles, top } = profile
  const column = shown(label.column)
  switch (label.kind) {
    case 'flag':
      return `Is ${column} true?${shareOf('true', profile)}`
    case 'equals':
      return `Is ${column} ${quoted(label.value)}?${shareOf(label.value, profile)}`
    case 'number':
      return `What will ${column} be?${quantiles ? ` Half of the values lie between ${figure(quantiles.p25)} and ${figure(quantiles.p75)}.` : ''}`
    case 'above':
      return label.shape === 'two-valued'
        ? `Is ${column} above ${figure(label.limit)}?${shareOf(top.find(({ value }) => Number(value) > label.limit)?.value, profile)}`
        : `Will ${column} be above ${figure(label.limit)}?${quantiles ? ` The median is ${figure(quantiles.p50)}, and one row in twenty lies above ${figure(quantiles.p95)}.` : ''}`
  }
}
