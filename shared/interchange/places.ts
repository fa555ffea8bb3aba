import type { Outcome } from './report'

/** A reader and a workspace-relative path for data that a foreign definition names. */
export interface DataPlace {
  readonly reader: 'parquet' | 'csv' | 'json' | 'arrow'
  readonly path: string
  /** What is not as it was, for the report. */
  readonly remark: string | null
}

/** Type of a column of a data file, or null where the file cannot say. */
export type TypeOfColumn = (path: string, column: string) => string | null

const readers: Readonly<Record<string, DataPlace['reader']>> = {
  parquet: 'parquet',
  pq: 'parquet',
  csv: 'csv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
  arrow: 'arrow',
  feather: 'arrow',
}

/** `a/./b/../c` → `a/c`; null where it climbs out. */
export const normalPath = (path: string): string | null => {
  const parts: string[] = []
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.join('/')
}

const isElsewhere = (path: string): boolean => /^[a-z][\w+.-]*:\/\//i.test(path)

/**
 * Where the data of a foreign definition lies for us. `folder` is what its relative paths are relative to, itself relative
 * to the workspace; `root` is the workspace's own absolute path. Data elsewhere is expected under `data/`, and that is said.
 */
export const dataPlaceOf = (written: string, folder: string, root: string): Outcome<DataPlace> => {
  const path = written.replace(/^file:\/\//, '')
  if (path.includes('#LATEST'))
    return { reason: 'The newest of several dated folders (`#LATEST`) is not a place that a path can name.' }
  const isOurs = !isElsewhere(path) && (!path.startsWith('/') || path.startsWith(`${root}/`))
  const inside = isOurs ? normalPath(path.startsWith('/') ? path.slice(root.length) : `${folder}/${path}`) : null
  const name = path.split(/[/\\]/).findLast((part) => part !== '') ?? ''
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase()
  const place = inside ?? `data/${name}`
  const moved = inside === null ? `Its data lies at \`${written}\`: put a copy of it at \`${place}\`.` : null
  if (extension !== undefined && !/[*?]/.test(extension)) {
    const reader = readers[extension]
    if (!reader || name.endsWith('.avro.json'))
      return { reason: `There is no reader for \`${name}\`: convert it to Parquet, CSV, Arrow or JSON lines.` }
    return { value: { reader, path: place, remark: moved } }
  }
  if (place === '') return { reason: 'It names no file.' }
  const folderRemark = 'It is a folder: its files are taken to be Parquet.'
  return {
    value: {
      reader: 'parquet',
      path: `${place}/**/*.parquet`,
      remark: [moved, folderRemark].filter(Boolean).join(' '),
    },
  }
}
