import { valueTypeOf } from '@shared/data/nativeType'
import { StudioError, toStudioError } from '@shared/errors'
import type { Workspace } from '../workspace/root'
import type { DataEngine } from './engine'
import { literalList, textList } from './files'

/** One file of several that are to be one table. */
export interface Part {
  /** Absolute: what a person named. */
  readonly file: string
  /** Absolute: what DuckDB reads; another one where the file had to be written anew. */
  readonly read: string
}

export interface Union {
  /** By name, as the files do not all have the same columns or types. */
  readonly isMixed: boolean
}

/** Whether files fit together, remembered for the state that they are in. */
export interface Unions {
  /**
   * Columns go together by name; one that a file lacks is null there, and whole numbers widen to fractions. A column that
   * is of another kind in another file is an error that names both, where the files have types of their own.
   */
  check(stamp: string, parts: readonly Part[], kind: 'typed' | 'text', reader: (part: Part) => string): Promise<Union>
}

const keptUnions = 200

interface Described {
  readonly part: Part
  readonly columns: ReadonlyMap<string, string>
}

const fits = (one: string, other: string): boolean => {
  const [a, b] = [valueTypeOf(one), valueTypeOf(other)]
  const isNumber = (type: string): boolean => type === 'int' || type === 'float'
  return a === b ? a !== 'unknown' || one === other : isNumber(a) && isNumber(b)
}

export const createUnions = (workspace: Workspace, engine: DataEngine): Unions => {
  const known = new Map<string, Promise<Union>>()
  const name = (part: Part): string => workspace.relative(part.file)

  const describe = async (part: Part, reader: (part: Part) => string): Promise<Described> => {
    const rows = await engine.rows(`describe select * from ${reader(part)}`)
    return { part, columns: new Map(rows.map((row) => [String(row.column_name), String(row.column_type)])) }
  }

  /** One file of each set of columns that there is: ten thousand files of one are looked at once. */
  const different = async (parts: readonly Part[]): Promise<Part[]> => {
    const rows = await engine.rows(
      `select arg_min(file_name, position) as file from (
         select file_name, min(list_position(${textList(parts.map(({ read }) => read))}, file_name)) as position,
           md5(string_agg(concat_ws(' ', name, type, converted_type, logical_type, num_children, duckdb_type), '\n' order by column_id)) as shape
         from parquet_schema(${literalList(parts.map(({ read }) => read))}) group by file_name)
       group by shape order by min(position)`,
    )
    const byRead = new Map(parts.map((part) => [part.read, part]))
    return rows.flatMap(({ file }) => byRead.get(String(file)) ?? [])
  }

  const compare = (first: Described, other: Described, kind: 'typed' | 'text'): void => {
    const shared = [...other.columns].filter(([column]) => first.columns.has(column))
    if (shared.length === 0)
      throw new StudioError(
        'unreadable_file',
        `\`${name(other.part)}\` has none of the columns of \`${name(first.part)}\`.`,
        {
          hint: 'Name only files that hold the same kind of rows.',
          place: { file: name(other.part) },
        },
      )
    if (kind === 'text') return
    for (const [column, type] of shared) {
      const before = first.columns.get(column) ?? type
      if (fits(before, type)) continue
      throw new StudioError(
        'unreadable_file',
        `\`${column}\` is ${before} in \`${name(first.part)}\` and ${type} in \`${name(other.part)}\`.`,
        {
          hint: 'Write one of the files again with the other’s type, or name only files of one kind.',
          place: { file: name(other.part), column },
        },
      )
    }
  }

  /** What cannot be described is not told here: who reads it explains it. */
  const tolerant = async <T>(work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      const failure = toStudioError(error)
      if (failure.code === 'engine_failed') return null
      throw failure
    })

  const look = async (
    parts: readonly Part[],
    kind: 'typed' | 'text',
    reader: (part: Part) => string,
  ): Promise<Union> => {
    const [first, ...others] = kind === 'typed' ? ((await tolerant(different(parts))) ?? []) : parts
    if (!first || others.length === 0) return { isMixed: false }
    const seen: Described[] = []
    for (const part of [first, ...others]) {
      const described = await tolerant(describe(part, reader))
      if (!described) continue
      // Against each: a column that the first one lacks may be of two kinds among the others.
      for (const before of seen) compare(before, described, kind)
      const isNew = seen.every(({ columns }) => JSON.stringify([...columns]) !== JSON.stringify([...described.columns]))
      if (isNew) seen.push(described)
    }
    return { isMixed: seen.length > 1 }
  }

  return {
    check(stamp, parts, kind, reader) {
      if (parts.length < 2) return Promise.resolve({ isMixed: false })
      const found = known.get(stamp)
      if (found) return found
      const made = look(parts, kind, reader)
      known.set(stamp, made)
      made.catch(() => known.delete(stamp))
      for (const oldest of known.keys()) {
        if (known.size <= keptUnions) break
        known.delete(oldest)
      }
      return made
    },
  }
}

/** `year=2001` among the folders of a path. */
const partitionKeys = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .flatMap((part) => /^([^=]+)=/.exec(part)?.[1] ?? [])

/** The partitions that the folders of the workspace spell, the same for every file; folders above it say nothing. */
export const partitionsOf = (paths: readonly string[]): readonly string[] => {
  const [first = '', ...others] = paths
  const keys = partitionKeys(first)
  const odd = others.find((path) => partitionKeys(path).join('/') !== keys.join('/'))
  if (odd === undefined) return keys
  const said = (path: string): string =>
    partitionKeys(path)
      .map((key) => `\`${key}\``)
      .join(', ') || 'none'
  throw new StudioError(
    'unreadable_file',
    `The folders of \`${first}\` and \`${odd}\` do not say the same partitions.`,
    {
      hint: `The first says ${said(first)}, the other ${said(odd)}. Name only files whose folders say the same.`,
      place: { file: odd },
    },
  )
}
