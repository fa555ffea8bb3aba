import { StudioError } from '../errors'
import { compileOver } from './columns'
import { quoteText } from './quote'
import type { Part, Scan } from './scan'
import { keyColumns, keyNames, rowCondition } from './scanKeys'

/** Marks DuckDB’s error about two rows with one key; the source and the key follow, divided by `|`. */
export const duplicateKeyMark = 'proml-duplicate-key|'

/** Nothing but the row of a key can be asked of a source without time. */
export const requireLookUps = ({ source, slots }: Scan): void => {
  const other = slots.find(({ definition }) => definition.aggregate !== 'latest')
  if (!other) return
  const { aggregate } = other.definition
  throw new StudioError('invalid_input', `\`${aggregate}\` over \`${source.name}\` needs an event time.`, {
    hint: 'Name the source’s `time` column, or use `latest`.',
  })
}

/** For a source without time: the row of each key; two rows with one key is an error that names it. */
export const timelessPart = (scan: Scan, rows: string): Part => {
  const { source, keys, name } = scan
  requireLookUps(scan)
  const key =
    keys.length === 0
      ? "''"
      : keyNames(scan)
          .map((one) => `${one}::varchar`)
          .join(" || ', ' || ")
  const message = `${quoteText(`${duplicateKeyMark}${source.name}|`)} || ${key}`
  const values = scan.slots.map(({ alias, definition }) => {
    const value = definition.args[0] ? compileOver(definition.args[0], source, 's') : 'null'
    return { alias, sql: `first(${value}) as ${alias}` }
  })
  const names = keyNames(scan)
  const kept = values.map(({ alias }) => `case when n > 1 then error(${message}) else ${alias} end as ${alias}`)
  return {
    name,
    isMaterialized: true,
    sql: `select ${[...names, ...kept].join(', ')} from (
    select ${[...keyColumns(scan), 'count(*) as n', ...values.map(({ sql }) => sql)].join(', ')}
    from ${rows} s where ${rowCondition(scan)} group by ${names.join(', ')})`,
  }
}
