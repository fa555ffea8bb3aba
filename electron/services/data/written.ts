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
