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

const strict = (delimiter: string): string =>
  `delim = ${quoteText(delimiter)}, quote = '"', escape = '"', comment = '', skip = 0, strict_mode = true, null_padding = false, ignore_errors = false`

/**
 * Everything that could make DuckDB pass over a row silently (comments, skipped leading lines, padding) is off; it still
 * finds the types and whether the first line is a header.
 */
export const csvOptions = (text: string, sampleSize: number): string =>
  `${strict(delimiterOf(text))}, sample_size = ${sampleSize}`

/** Reads every value as text by the first line’s fields: what then fails, fails with a line number. */
export const csvProbeOptions = (text: string): string => {
  const delimiter = delimiterOf(text)
  const columns = fieldsOf(firstRecord(withoutMark(text)), delimiter).map((_, index) => `'c${index}': 'VARCHAR'`)
  return `${strict(delimiter)}, auto_detect = false, header = true, columns = {${columns.join(', ')}}`
}
