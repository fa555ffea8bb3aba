import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { valueTypeOf } from '@shared/data/nativeType'
import type { ColumnProfile } from '@shared/data/profile'
import type { ModelPlan } from '@shared/plan/plan'
import { quoteText } from '@shared/sql/quote'
import type { DataEngine } from '../data/engine'
import { profileColumns } from '../data/profile'
import type { Prepared } from './trainingSet'

/** Previews kept in their folder; they are made again when asked for. */
const keptPreviews = 8

const forgetPreviews = async (folder: string, current: string): Promise<void> => {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.parquet'))
  for (const name of names.filter((one) => one !== current).slice(0, Math.max(0, names.length - keptPreviews)))
    await rm(join(folder, name), { force: true })
}

/** A statement’s rows as a file, made once for it and the state of the files that it reads. */
export const previewFile = async (
  engine: DataEngine,
  folder: string,
  { sql, statement, tables }: Prepared,
  signal: AbortSignal,
): Promise<{ readonly path: string; readonly rows: number }> => {
  const state = JSON.stringify([sql, tables.map(({ stamp }) => stamp)])
  const name = `${createHash('sha256').update(state).digest('hex')}.parquet`
  const path = join(folder, name)
  const count = async (): Promise<number> =>
    Number((await engine.rows(`select count(*) as n from read_parquet(${quoteText(path)})`))[0]?.n ?? 0)
  const existing: string[] = await readdir(folder).catch(() => [])
  if (existing.includes(name)) return { path, rows: await count() }
  const { rows } = await engine.copy(statement, path, 'parquet', { signal })
  await forgetPreviews(folder, name)
  return { path, rows }
}

/** A profile of each use, of the rows of a preview. */
export const profilesOf = async (
  engine: DataEngine,
  plan: ModelPlan,
  { path, rows }: { readonly path: string; readonly rows: number },
  signal: AbortSignal,
): Promise<ColumnProfile[]> => {
  const from = `read_parquet(${quoteText(path)})`
  const described = await engine.rows(`describe select * from ${from}`)
  const types = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]))
  const columns = plan.uses.map(({ name }) => {
    const nativeType = types.get(name) ?? 'VARCHAR'
    return { name, nativeType, type: valueTypeOf(nativeType), isNullable: true }
  })
  return profileColumns(engine, { from, parameters: [] }, columns, rows, { signal })
}
