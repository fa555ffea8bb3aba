import { dataPlaceOf } from '../places'
import { isWritableName, type SourcePiece } from '../proml'
import type { Notes, Outcome } from '../report'
import { type FeathrFile, section, textOf } from './config'

/** The sources of all files by name, and those that anchors name by their path alone. */
export interface Sources {
  /** The source that an anchor names; by its path where no source has that name. */
  find(named: string, file: string): Outcome<SourcePiece>
  all(): readonly SourcePiece[]
}

const ofObservation = 'It is computed from the observation itself: write it as a `use` of the model.'
const known = new Set(['type', 'location', 'timeWindowParameters'])
const plainName = /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u

export const importSources = (files: readonly FeathrFile[], root: string, notes: Notes): Sources => {
  const byName = new Map<string, Outcome<SourcePiece>>()
  const byPath = new Map<string, SourcePiece>()

  for (const { path: file, config } of files)
    for (const [name, value] of Object.entries(section(section(config).sources))) {
      if (byName.has(name)) {
        notes.leftOut(`source ${name}`, file, 'Another source has this name.')
        continue
      }
      const found = sourceOf(name, value, root, (reason) => notes.changed(`source ${name}`, file, reason))
      byName.set(name, found)
      if ('reason' in found) notes.leftOut(`source ${name}`, file, found.reason)
      else notes.carried(`source ${name}`, file)
    }

  const uniqueName = (path: string): string => {
    const stem = (path.split('/').findLast((part) => /\w/.test(part) && !/[*?]/.test(part)) ?? 'data').replace(
      /\.\w+$/,
      '',
    )
    const base = stem.replaceAll(/\W+/g, '_').replace(/^(?=\d)/, '_')
    for (let count = 1; ; count++) {
      const name = count === 1 ? base : `${base}_${count}`
      if (!byName.has(name)) return name
    }
  }

  return {
    find: (named, file) => {
      const declared = byName.get(named)
      if (declared)
        return 'reason' in declared && declared.reason !== ofObservation
          ? { reason: `Its source \`${named}\` is left out.` }
          : declared
      if (named === 'PASSTHROUGH') return { reason: ofObservation }
      if (!/[/.]/.test(named)) return { reason: `There is no source \`${named}\`.` }
      const place = dataPlaceOf(named, '', root)
      if ('reason' in place) return place
      const { reader, path, remark } = place.value
      const existing = byPath.get(path)
      if (existing) return { value: existing }
      const piece: SourcePiece = { name: uniqueName(path), reader, path, time: null, created: null }
      byPath.set(path, piece)
      byName.set(piece.name, { value: piece })
      notes.changed(`source ${piece.name}`, file, `\`${named}\` had no name.${remark ? ` ${remark}` : ''}`)
      return { value: piece }
    },
    all: () => [...byName.values()].flatMap((found) => ('value' in found ? [found.value] : [])),
  }
}

const sourceOf = (
  name: string,
  value: unknown,
  root: string,
  changed: (reason: string) => void,
): Outcome<SourcePiece> => {
  const written = section(value)
  const location = section(written.location)
  const type = textOf(written.type) ?? textOf(location.type) ?? 'HDFS'
  if (!isWritableName(name)) return { reason: 'Its name cannot be written.' }
  if (type.toUpperCase() === 'PASSTHROUGH') return { reason: ofObservation }
  if (
    !['HDFS', 'PATH'].includes(type.toUpperCase()) ||
    !['path', undefined].includes(textOf(location.type) ?? undefined)
  )
    return { reason: `There is no reader for a source of type \`${textOf(location.type) ?? type}\` as Feathr has it.` }
  const path = textOf(location.path)
  if (path === null) return { reason: 'It names no `location.path`.' }
  const place = dataPlaceOf(path, '', root)
  if ('reason' in place) return place
  if (place.value.remark) changed(place.value.remark)
  for (const key of Object.keys(written)) if (!known.has(key)) changed(`\`${key}\` is not carried.`)
  const time = timeOf(written.timeWindowParameters)
  if ('reason' in time) return time
  if (time.value?.remark) changed(time.value.remark)
  const { reader, path: inside } = place.value
  return { value: { name, reader, path: inside, time: time.value?.column ?? null, created: null } }
}

const timeOf = (value: unknown): Outcome<{ readonly column: string; readonly remark: string | null } | null> => {
  if (value === undefined) return { value: null }
  const written = section(value)
  const column = (textOf(written.timestampColumn) ?? textOf(written.timestamp) ?? '').replace(/^`(.*)`$/, '$1')
  const format = textOf(written.timestampColumnFormat) ?? textOf(written.timestamp_format) ?? ''
  if (!plainName.test(column)) return { reason: `Its time \`${column}\` is no column.` }
  if (/^epoch(_millis)?$/i.test(format))
    return {
      value: {
        column,
        remark: `\`${column}\` holds ${format} numbers; the file must hold it as a timestamp or a date.`,
      },
    }
  // SlidingWindowFeatureUtils.scala of Feathr 1.0: America/Los_Angeles where no time zone is given.
  return {
    value: {
      column,
      remark: `Feathr reads \`${column}\` (\`${format}\`) as a time of America/Los_Angeles unless the job names a time zone; here it is UTC.`,
    },
  }
}
