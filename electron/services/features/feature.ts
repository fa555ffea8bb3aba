import { StudioError } from '@shared/errors'
import type { FeaturePreview } from '@shared/features/preview'
import { quoteName, quoteText } from '@shared/sql/quote'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import type { DataEngine, QueryOptions } from '../data/engine'

const written =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6})0*)?)?)?(?: ?(?:Z|UTC|([+-]\d\d)(?::?(\d\d))?))?$/i

/** As DuckDB writes it, UTC, to the microsecond: a moment that is told may be the one right after a row. */
export const momentOf = (text: string): string => {
  const [, day, minute = '00:00', second = '00', fraction = '', hours, minutes = '00'] = written.exec(text.trim()) ?? []
  const local = `${day}T${minute}:${second}`
  const ms = Date.parse(`${local}Z`)
  // The 30th of February is no day, though JavaScript makes one of it.
  const isMoment = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(local)
  const moment = new Date(hours === undefined ? ms : `${local}${hours}:${minutes}`)
  if (isMoment && !Number.isNaN(moment.getTime())) {
    const [head] = moment.toISOString().replace('T', ' ').split('.')
    return `${head}.${fraction.padEnd(3, '0')}`
  }
  throw new StudioError('invalid_input', `\`${text}\` is no moment.`, {
    hint: 'Write it like 2001-01-05 or 2001-01-05T18:30; without a zone it is UTC.',
  })
}

/** The moment right after the newest row: there every row of the file counts. */
const lastMoment = async (engine: DataEngine, from: string, time: string, options: QueryOptions): Promise<string> => {
  const [row] = await engine.rows(
    `select cast(max(${quoteName(time)})::timestamp + interval 1 microsecond as varchar) as t from ${from}`,
    [],
    options,
  )
  return typeof row?.t === 'string' ? row.t : '1970-01-01 00:00:00'
}

export interface FeatureRows {
  readonly sql: string
  /** As DuckDB writes it, UTC; null where the feature does not depend on time. */
  readonly asOf: string | null
}

/** SQL of a feature’s values: for the keys with the most rows as of a moment, or for the first rows of its source. */
export const featureRows = async (
  engine: DataEngine,
  { plan, source, keys }: FeaturePreview,
  tables: Readonly<Record<string, string>>,
  wanted: { readonly rows: number; readonly asOf?: string } & QueryOptions,
): Promise<FeatureRows> => {
  const from = tables[source.name] ?? ''
  const names = plan.uses.map(({ name }) => quoteName(name)).join(', ')
  const shownRows = (table: string, columns: readonly string[], asOf: string | null): FeatureRows => ({
    sql: `select ${names} from (${compileTrainingSet(plan, { tables, observations: { table, columns }, keepUnlabelled: true })}) order by __row`,
    asOf,
  })
  if (keys.length === 0) {
    const columns = source.columns.map(({ name }) => name)
    return shownRows(`(select * from ${from} limit ${wanted.rows})`, columns, null)
  }
  const time = source.timeColumn
  const asOf = time === null ? null : wanted.asOf ? momentOf(wanted.asOf) : await lastMoment(engine, from, time, wanted)
  const list = keys.map(quoteName).join(', ')
  const known = keys.map((key) => `${quoteName(key)} is not null`).join(' and ')
  const moment = time === null || asOf === null ? '' : `, ${quoteText(asOf)}::timestamp as ${quoteName(time)}`
  const table = `(select ${list}${moment} from ${from} where ${known} group by ${list} order by count(*) desc, ${list} limit ${wanted.rows})`
  return shownRows(table, [...new Set([...keys, ...(time === null ? [] : [time])])], asOf)
}
