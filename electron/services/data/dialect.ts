import { quoteText } from '@shared/sql/quote'

const candidates = [',', ';', '\t', '|'] as const

/** The first line, with line ends inside quotes kept. */
const firstRecord = (text: string): string => {
  let isQuoted = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && (character === '\n' || character === '\r')) return text.slice(0, index)
  }
  return text
}

const fieldsOf = (record: string, delimiter: string): string[] => {
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  for (let index = 0; index < record.length; index += 1) {
    const character = record[index] ?? ''
    if (character === '"' && isQuoted && record[index + 1] === '"') {
      field += '"'
      index += 1
    } else if (character === '"') isQuoted = !isQuoted
    else if (character === delimiter && !isQuoted) {
      fields.push(field)
      field = ''
    } else field += character
  }
  return [...fields, field]
}

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text)

/** The character that splits the first line into the most fields. */
export const delimiterOf = (text: string): string => {
  const record = firstRecord(withoutMark(text))
  const counts = candidates.map((one) => ({ one, fields: fieldsOf(record, one).length }))
  return counts.reduce((best, next) => (next.fields > best.fields ? next : best)).one
}

/** What a program or a person says about a CSV, where it is not to be found out. */
export interface CsvDialect {
  readonly delimiter?: string
  readonly decimal?: string
}

const strict = (delimiter: string): string =>
  `delim = ${quoteText(delimiter)}, quote = '"', escape = '"', comment = '', skip = 0, strict_mode = true, null_padding = false, ignore_errors = false`

/**
 * Everything that could make DuckDB pass over a row silently (comments, skipped leading lines, padding) is off; it still
 * finds the types and whether the first line is a header.
 */
export const csvOptions = (text: string, sampleSize: number, { delimiter, decimal }: CsvDialect = {}): string =>
  `${strict(delimiter ?? delimiterOf(text))}, sample_size = ${sampleSize}${decimal === ',' ? `, decimal_separator = ','` : ''}`
