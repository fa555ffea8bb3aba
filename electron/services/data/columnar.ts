import { createHash } from 'node:crypto'
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { ColumnSchema } from '@shared/data/profile'
import { toStudioError } from '@shared/errors'
import type { Workspace } from '../workspace/root'
import type { DataEngine } from './engine'
import { forgetEarlier, literalList, stateOf } from './files'
import { createSharedWork } from './shared'
import type { Table } from './tables'

/**
 * Text is read from its first letter to its last whichever column is asked for, and its types are found out each time. Who
 * asks column by column asks a copy that has columns: a Parquet file under `.proml/tmp/columns`, written once for each content.
 */
export interface Columnar {
  /** A table expression with the same rows, in the same order, of the same types. */
  of(table: Table, columns: readonly ColumnSchema[], signal?: AbortSignal): Promise<string>
}

/** Types that come out of Parquet as they went in. */
const keptTypes =
  /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\s*\d+\)|VARCHAR|DATE|TIME|TIMESTAMP|TIMESTAMP WITH TIME ZONE)$/
/** To write more columns takes longer than to read a few of them as they are. */
const mostColumns = 20_000
/** Values that are gathered before they are written, and rows at least and at most. */
const groupValues = 16 * 1024 ** 2
const leastRows = 2048
const mostRows = 122_880
const keptCopies = 16

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

const read = (path: string): string => `read_parquet(${literalList([path])}, hive_partitioning = false)`

export const createColumnar = (workspace: Workspace, engine: DataEngine): Columnar => {
  const making = createSharedWork<boolean>()
  /** Those that could not be written, so that it is not tried for each column. */
  const refused = new Set<string>()

  /** What was asked for longest ago. A query that still reads one has it open. */
  const forgetOldest = async (folder: string): Promise<void> => {
    const found = await Promise.all(
      (await readdir(folder)).map(async (name) => {
        const path = join(folder, name)
        return { path, usedAt: (await stat(path).catch(() => null))?.mtimeMs ?? 0 }
      }),
    )
    const oldest = found.filter(({ path }) => path.endsWith('.parquet')).sort((a, b) => b.usedAt - a.usedAt)
    for (const { path } of oldest.slice(keptCopies)) await rm(path, { force: true }).catch(() => {})
  }

  /** False where it could not be written: who reads the table itself says what is wrong with it. */
  const write = async (table: Table, columns: number, path: string, signal: AbortSignal): Promise<boolean> => {
    const rowGroupRows = Math.max(leastRows, Math.min(mostRows, Math.floor(groupValues / columns)))
    try {
      await engine.copy(`select * from ${table.sql}`, path, 'parquet', { signal, rowGroupRows })
      return true
    } catch (error) {
      const failure = toStudioError(error)
      if (failure.code === 'cancelled') throw failure
      return false
    }
  }

  return {
    async of(table, columns, signal) {
      const isText = table.format === 'csv' || table.format === 'json'
      const isKept = columns.length <= mostColumns && columns.every(({ nativeType }) => keptTypes.test(nativeType))
      if (!isText || !isKept || columns.length === 0) return table.sql
      const folder = workspace.internal('tmp', 'columns')
      const name = `${short(table.path)}-${short(`${table.stamp}\n${JSON.stringify(columns)}`)}.parquet`
      const path = join(folder, name)
      if (refused.has(name)) return table.sql
      if (stateOf(path)) {
        const now = new Date()
        await utimes(path, now, now).catch(() => {})
        return read(path)
      }
      const isMade = await making.do(
        path,
        async (stop) => {
          if (!(await write(table, columns.length, path, stop))) return false
          await forgetEarlier(folder, name)
          await forgetOldest(folder)
          return true
        },
        signal,
      )
      if (!isMade) refused.add(name)
      return isMade ? read(path) : table.sql
    },
  }
}
