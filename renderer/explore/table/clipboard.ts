export type CopyFormat = 'tsv' | 'csv' | 'markdown'

/** A spreadsheet would run a text that begins like a formula; a quote in front keeps it text. */
const guarded = (text: string): string => (/^[=+@\t\r]/.test(text) || /^-[^\d.]/.test(text) ? `'${text}` : text)

const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
const tsvField = (text: string): string => text.replace(/[\t\r\n]+/g, ' ')
const markdownField = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\r?\n/g, '<br>')

/** A block of cells as text. TSV is what spreadsheets paste; it goes without a header, as cells do. */
export const copyText = (
  format: CopyFormat,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  isRightAligned: readonly boolean[] = [],
): string => {
  switch (format) {
    case 'tsv':
      return rows.map((row) => row.map((field) => tsvField(guarded(field))).join('\t')).join('\n')
    case 'csv':
      return [header, ...rows].map((row) => row.map((field) => csvField(guarded(field))).join(',')).join('\r\n')
    case 'markdown': {
      const line = (fields: readonly string[]): string => `| ${fields.map(markdownField).join(' | ')} |`
      const rule = `| ${header.map((_, index) => (isRightAligned[index] ? '---:' : '---')).join(' | ')} |`
      return [line(header), rule, ...rows.map(line)].join('\n')
    }
  }
}
