import { realpathSync } from 'node:fs'
import { extname } from 'node:path'
import { StudioError } from '@shared/errors'

/** The format of a table that is written, by its file’s ending; a program or a notebook is never written over. */
export const writtenFormat = (path: string): 'parquet' | 'csv' => {
  const ending = extname(path).toLowerCase()
  if (ending === '.parquet' || ending === '.pq') return 'parquet'
  if (ending === '.csv') return 'csv'
  throw new StudioError('invalid_input', `A table cannot be written as \`${ending || path}\`.`, {
    hint: 'Name a file that ends in `.parquet` or `.csv`.',
  })
}

const real = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** What a result is made from is never written over, by whatever name: the rows that are not in the result would be lost. */
export const refuseOverSource = (output: string, sources: readonly string[], name: string): void => {
  if (!sources.map(real).includes(real(output))) return
  throw new StudioError('invalid_input', `\`${name}\` is what the result is made from.`, {
    hint: 'Name another file for the result; nothing was written.',
    place: { file: name },
  })
}
