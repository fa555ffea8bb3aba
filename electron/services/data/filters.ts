import type { ColumnSchema } from '@shared/data/profile'
import { StudioError, toStudioError } from '@shared/errors'
import { listed } from '@shared/language/diagnostics/wording'
import { nearest } from '@shared/language/nearest'
import type { Filter } from '@shared/rpc/data'
import { quoteName } from '@shared/sql/quote'

/** A file may have more than anybody reads. */
const namedColumns = 30

export const findColumn = (columns: readonly ColumnSchema[], name: string, path: string): ColumnSchema => {
  const column = columns.find((one) => one.name === name)
  if (column) return column
  const near = nearest(
    name,
    columns.map((one) => one.name),
  )[0]
  throw new StudioError('missing_column', `\`${path}\` has no column \`${name}\`.`, {
    hint: near
      ? `Did you mean \`${near}\`?`
      : `It has ${listed(
          columns.map((one) => one.name),
          namedColumns,
        )}.`,
    place: { file: path, column: name },
  })
}

const condition = (filter: Filter, column: ColumnSchema): { sql: string; parameters: unknown[] } => {
  const name = quoteName(column.name)
  if (filter.operator === 'is null') return { sql: `${name} is null`, parameters: [] }
  if (filter.operator === 'is not null') return { sql: `${name} is not null`, parameters: [] }
  const { value } = filter
  if (value === undefined)
    throw new StudioError('invalid_input', `The filter on \`${column.name}\` has no value.`, {
      hint: 'Give it a value, or choose “is null”.',
      place: { column: column.name },
    })
  if (filter.operator === 'contains')
    return { sql: `contains(lower(cast(${name} as varchar)), lower(?))`, parameters: [String(value)] }
  const operator = filter.operator === '!=' ? '<>' : filter.operator
  // A typed text is read as the column’s own type, so that dates and numbers compare as such.
  if (typeof value === 'string' && column.type !== 'string')
    return { sql: `${name} ${operator} cast(? as ${column.nativeType})`, parameters: [value] }
  if (column.type === 'string') return { sql: `${name} ${operator} ?`, parameters: [String(value)] }
  return { sql: `${name} ${operator} ?`, parameters: [value] }
}

/** Conditions with their values as parameters; `where true` without filters. */
export const whereOf = (
  filters: readonly Filter[],
  columns: readonly ColumnSchema[],
  path: string,
): { sql: string; parameters: unknown[] } => {
  const conditions = filters.map((filter) => condition(filter, findColumn(columns, filter.column, path)))
  return {
    sql: ['true', ...conditions.map(({ sql }) => sql)].join(' and '),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  }
}

/** A typed text that is no value of its column’s type is the filter’s fault, not the file’s. */
export const refuseFilterValue = (error: unknown, filters: readonly Filter[]): void => {
  const { detail = '' } = toStudioError(error)
  if (!detail.startsWith('Conversion Error')) return
  const wrong = filters.find(({ value }) => typeof value === 'string' && detail.includes(value))
  if (wrong)
    throw new StudioError('invalid_input', `\`${wrong.value}\` is no value of the column \`${wrong.column}\`.`, {
      hint: 'Write a number, or a date as 2001-01-31.',
      place: { column: wrong.column },
      detail,
    })
}
