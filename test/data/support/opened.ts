import type { StudioError } from '@shared/errors'
import { tableFromIPC } from 'apache-arrow'
import type { DataService } from '../../../electron/services/data/data'

/** What a piece of work fails with. */
export const failureOf = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )

/** The first ten thousand rows of a table, as plain values. */
export const tableRows = async (data: DataService, path: string): Promise<Record<string, unknown>[]> => {
  const { arrow } = await data.handlers.page(
    { path, offset: 0, limit: 10_000, sort: null, filters: [] },
    { signal: new AbortController().signal },
  )
  return tableFromIPC(arrow)
    .toArray()
    .map((row) =>
      Object.fromEntries(
        Object.entries(row.toJSON()).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
      ),
    )
}
