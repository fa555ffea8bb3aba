import type { SourcePlan } from '../plan/plan'

/** What a source reads: its reader with the arguments. */
export type SourceTarget = Pick<SourcePlan, 'kind' | 'path' | 'options'>

/** Readers of files of the workspace: what they read is named by its path alone. */
const fileKinds: ReadonlySet<string> = new Set(['parquet', 'csv', 'json', 'arrow'])
/** Readers whose targets have a reference. */
const referenceKinds: ReadonlySet<string> = new Set(['csv', 'sqlite', 'postgres', 'http', 's3', 'notebook'])

/** Endings by which a file is taken for a SQLite database. */
export const databaseEndings = ['.db', '.db3', '.sqlite', '.sqlite3'] as const
export const isDatabase = (path: string): boolean =>
  databaseEndings.some((ending) => path.toLowerCase().endsWith(ending)) && readReference(path) === null

const secretSuffix = '.secret'
/** Plain enough to be read, and nothing that would end a part of the reference. */
const written = (text: string): string => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':')

/**
 * What a source reads as one text, equal for equal targets: a file’s own path, `sqlite:data/shop.db?table=orders` for
 * anything else. It stands wherever a path of a table does. A secret stands in it by its name.
 */
export const referenceOf = ({ kind, path, options }: SourceTarget): string => {
  // How a file is to be read belongs to what is read: `csv:data/old.csv?bad_rows=skip`.
  if (fileKinds.has(kind) && Object.keys(options).length === 0) return path
  const parts = Object.entries(options)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) =>
      typeof value === 'string' ? `${name}=${written(value)}` : `${name}${secretSuffix}=${written(value.secret)}`,
    )
  return `${kind}:${written(path)}${parts.length > 0 ? `?${parts.join('&')}` : ''}`
}

/** What a reference says; null for the path of a file. */
export const readReference = (text: string): SourceTarget | null => {
  const found = /^([a-z0-9_]+):([^?]*)(?:\?(.*))?$/s.exec(text)
  const kind = found?.[1] ?? ''
  if (!found || !referenceKinds.has(kind)) return null
  try {
    const options: Record<string, string | { secret: string }> = {}
    for (const part of (found[3] ?? '').split('&')) {
      if (part === '') continue
      const cut = part.indexOf('=')
      const name = part.slice(0, cut)
      const value = decodeURIComponent(part.slice(cut + 1))
      if (name.endsWith(secretSuffix)) options[name.slice(0, -secretSuffix.length)] = { secret: value }
      else options[name] = value
    }
    return { kind, path: decodeURIComponent(found[2] ?? ''), options }
  } catch {
    return null
  }
}

/** A reference as a person would say it: the file or address, and the table of it. */
export const shownReference = (text: string): string => {
  const target = readReference(text)
  if (!target) return text
  const { table, url, name } = target.options
  if (target.kind === 'notebook') return `${String(name)}${target.path ? ` of ${target.path}` : ''}`
  const place = target.path || (typeof url === 'string' ? url : url ? `secret("${url.secret}")` : target.kind)
  return typeof table === 'string' ? `${place}, table ${table}` : place
}
