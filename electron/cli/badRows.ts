import { type BadRows, badRowPlace, withoutBadRowsHint } from '@shared/data/csv'
import { readReference, referenceOf } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import { FailureWithFacts } from './failure'
import { printable } from './printable'
import type { Session, Terminal } from './session'

const shownRows = 20

/** The reference of a CSV that is read without its bad rows. */
export const withoutBadRows = (path: string): string => {
  const target = readReference(path) ?? { kind: 'csv', path, options: {} }
  if (target.kind !== 'csv')
    throw new StudioError('invalid_input', 'Only the bad rows of a CSV file can be left out.', {
      hint: 'Leave `--skip-bad-rows` away, or name a CSV file.',
    })
  return referenceOf({ ...target, options: { ...target.options, bad_rows: 'skip' } })
}

export const noteBadRows = (terminal: Terminal, { total, rows }: BadRows): void => {
  for (const row of rows.slice(0, shownRows)) {
    const column = row.column === null ? '' : ` (column ${printable(row.column)})`
    terminal.note(`  ${printable(row.file)}: ${badRowPlace(row)} ${row.reason}${column}: ${printable(row.text)}`)
  }
  if (total > shownRows) terminal.note(`  … and ${(total - shownRows).toLocaleString('en-US')} more`)
}

/** Reads a table; where a CSV has bad rows, says all of them before it fails. */
export const tellingBadRows = async <T>(
  { studio, terminal }: Pick<Session, 'studio' | 'terminal'>,
  path: string,
  read: () => Promise<T>,
): Promise<T> => {
  try {
    return await read()
  } catch (thrown) {
    const error = toStudioError(thrown)
    if (error.code !== 'unreadable_file') throw error
    const badRows = await studio.data.badRows({ path }).catch(() => ({ total: 0, rows: [] }))
    if (badRows.total === 0) throw error
    noteBadRows(terminal, badRows)
    const file = readReference(path)?.path ?? path
    const hint = error.hint?.replace(
      withoutBadRowsHint(file),
      'To read the file without such lines, add `--skip-bad-rows`.',
    )
    const { code, message, place, detail } = error
    throw new FailureWithFacts(new StudioError(code, message, { hint, place, detail }), { badRows })
  }
}
