import { dataPlaceOf } from '../places'
import { isWritableName, type SourcePiece } from '../proml'
import type { Outcome } from '../report'
import type { FeastSource } from './description'

const otherSources: Readonly<Record<string, string>> = {
  REQUEST_SOURCE: 'It is what comes with a request: write it as a `use` of the model.',
  PUSH_SOURCE: 'What is pushed is not seen; its batch source is carried.',
}

export const importFileSource = (
  source: FeastSource,
  folder: string,
  root: string,
  changed: (reason: string) => void,
): Outcome<SourcePiece> => {
  const other = otherSources[source.type]
  if (other) return { reason: other }
  if (source.type !== 'BATCH_FILE')
    return { reason: `A source of type \`${source.type}\` has no reader here: export its table to Parquet.` }
  if (!isWritableName(source.name)) return { reason: 'Its name cannot be written.' }
  if (source.file_options?.file_format?.delta_format !== undefined)
    return { reason: 'A Delta table has no reader here: export it to Parquet.' }
  const place = dataPlaceOf(source.file_options?.uri ?? '', folder, root)
  if ('reason' in place) return place
  if (source.timestamp_field === '') return { reason: 'It names no `timestamp_field`; Feast would guess it.' }
  if (place.value.remark) changed(place.value.remark)
  if (source.description !== '' || source.owner !== '' || Object.keys(source.tags).length > 0)
    changed('A source here has no description, tags or owner.')
  if (source.date_partition_column !== '') changed('`date_partition_column` is not carried.')
  const { reader, path } = place.value
  const created = source.created_timestamp_column
  // Feast’s own default name is the path.
  const name = source.name === source.file_options?.uri ? nameOf(path) : source.name
  return { value: { name, reader, path, time: source.timestamp_field, created: created === '' ? null : created } }
}

const nameOf = (path: string): string => (path.split('/').at(-1) ?? path).replace(/\.\w+$/, '').replaceAll(/\W+/g, '_')
