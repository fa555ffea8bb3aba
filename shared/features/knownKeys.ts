import type { FeatureDefinition, SourcePlan } from '../plan/plan'
import { columnAlias, micros, sourceRows } from '../sql/columns'
import { nativeTypeOf, normalised } from '../sql/expression'
import { quoteName } from '../sql/quote'
import { asksForArrival, upperDistance } from '../sql/windows'
import type { FeatureQuestion } from './question'

type Tables = Readonly<Record<string, string>>

type AggregateDefinition = Extract<FeatureDefinition, { form: 'aggregate' }>

/** Before every moment: for sources without time, whose rows were always there. */
const always = '(-9223372036854775807)::bigint'
const dayMicros = 86_400_000_000

const keyNames = ({ keys }: FeatureQuestion): string[] => keys.map(({ name }) => quoteName(name))

/** Since when a row may count, by the feature’s own rule: with most, when it has arrived. */
const knownFrom = (source: SourcePlan | undefined, definition: AggregateDefinition): string => {
  if (source?.timeColumn == null) return always
  const moment = (name: string): string => micros(quoteName(name))
  const time = moment(source.timeColumn)
  if (asksForArrival(definition))
    return source.createdColumn === null
      ? time
      : `case when ${time} is not null then greatest(${time}, ${moment(source.createdColumn)}) end`
  // Feathr compares whole seconds.
  return definition.window.rule === 'feathr' ? `${time} - ((${time} % 1000000) + 1000000) % 1000000` : time
}

/**
 * Every key that a row names, with the moment (`known`, microseconds since 1970) from which one may count for a feature:
 * at a moment t, those with `known <= t` are known, and any other has the values of an empty history.
 */
export const knownKeysSql = (question: FeatureQuestion, tables: Tables): string => {
  const { features, sources, keys } = question
  const branches = new Set(
    features.flatMap(({ definition }) => {
      if (definition.form !== 'aggregate') return []
      const columns = definition.keys.map((column, index) => {
        const key = keys[index]
        return `${normalised(quoteName(column), key?.type ?? 'unknown')} as ${quoteName(key?.name ?? column)}`
      })
      const known = knownFrom(
        sources.find(({ name }) => name === definition.source),
        definition,
      )
      return [`select ${columns.join(', ')}, ${known} as known from ${tables[definition.source]}`]
    }),
  )
  const isKey = [...keyNames(question), 'known'].map((name) => `${name} is not null`).join(' and ')
  return `select ${keyNames(question).join(', ')}, min(known) as known from (${[...branches].join(' union all ')}) where ${isKey} group by all`
}

/** The keys (of a table as `knownKeysSql` gives it) that were known at each of some moments, at those moments. */
export const keysAtSql = (question: FeatureQuestion, known: string, moments: readonly bigint[]): string => {
  const names = keyNames(question)
    .map((name) => `k.${name}`)
    .join(', ')
  const list = moments.map((moment) => `(${moment}::bigint)`).join(', ')
  return `select ${names}, make_timestamp(m.t) as as_of from ${known} k join (values ${list}) m(t) on k.known <= m.t`
}

/** One row that names nobody: what is answered for a key that no row names. */
export const nobodySql = ({ keys }: FeatureQuestion): string =>
  keys.map(({ name, type }) => `null::${nativeTypeOf(type)} as ${quoteName(name)}`).join(', ')

/** So long after a moment a row may still count there, in microseconds, by the rules of the source’s features; null where none says. */
const sightAfter = (source: SourcePlan, { features }: FeatureQuestion): bigint | null => {
  const sights = features.flatMap(({ definition }) => {
    if (definition.form !== 'aggregate' || definition.source !== source.name) return []
    // Feathr’s rule sees the whole of the second that a moment lies in.
    const own = { ...definition, lagMicros: 0 }
    return [definition.window.rule === 'feathr' ? 999_999 : -upperDistance(own)]
  })
  return sights.length === 0 ? null : BigInt(Math.max(...sights))
}

/**
 * A source’s rows that may count at a moment or before it. What is wrong with a later row is not met, so that a day
 * fails only by rows that are of it or of an earlier one.
 */
export const rowsUntilSql = (source: SourcePlan, question: FeatureQuestion, table: string, moment: bigint): string => {
  const sight = sightAfter(source, question)
  if (source.timeColumn === null || sight === null) return table
  const type = source.columns.find(({ name }) => name === source.timeColumn)?.type ?? 'time'
  return `(select * from ${table} u where ${micros(normalised(`u.${quoteName(source.timeColumn)}`, type))} <= ${moment + sight})`
}

/** The first moment at which a row may change a value; sooner does no harm. */
const seenFrom = (source: SourcePlan, question: FeatureQuestion): string | null => {
  if (source.timeColumn === null) return null
  const time = micros(`s.${columnAlias(source, source.timeColumn)}`)
  const waits = question.features.every(
    ({ definition }) =>
      definition.form !== 'aggregate' || definition.source !== source.name || asksForArrival(definition),
  )
  return waits && source.createdColumn !== null
    ? `greatest(${time}, ${micros(`s.${columnAlias(source, source.createdColumn)}`)})`
    : time
}

/**
 * Of a source’s rows by the day from which they may count (`day`, since 1970; null: always): how many, and two sums of halves
 * of their digests, which no order of rows changes. A value at the end of a day depends on the rows up to that day alone.
 */
export const inputDigestsSql = (source: SourcePlan, question: FeatureQuestion, table: string): string => {
  const columns = source.columns.map((_, index) => `s.c${index}::varchar`)
  const from = seenFrom(source, question)
  // Feathr's rule sees the whole of the second that a moment lies in, so that a row may count a second sooner.
  const day = from === null ? 'null::bigint' : `floor((${from} - 1000000) / ${dayMicros})::bigint`
  return `select day, count(*) as n, sum((h >> 64)::hugeint)::varchar as high, sum((h & 18446744073709551615::uhugeint)::hugeint)::varchar as low
from (select ${day} as day, md5_number(json_array(${columns.join(', ')})::varchar) as h from (${sourceRows(source, table)}) s)
group by day order by day`
}
