import type { ColumnProfile, TableSchema } from '@shared/data/profile'
import { type StudioErrorData, toStudioError } from '@shared/errors'
import type { Filter } from '@shared/rpc/data'
import { createStore, type StoreApi } from 'zustand'
import { studio } from '../../app/studio'
import { createPageCache, type PageCache, type View } from './pages'

export interface Sort {
  readonly column: string
  readonly isDescending: boolean
}

export type ProfileState =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly profile: ColumnProfile }
  | { readonly state: 'failed'; readonly message: string }

export interface TableState {
  readonly schema: TableSchema | null
  /** The file could not be read; stands where the grid would. */
  readonly error: StudioErrorData | null
  readonly sort: Sort | null
  readonly filters: readonly Filter[]
  /** Rows after filters; null until the first page is there. */
  readonly totalRows: number | null
  /** Rows of the whole file. */
  readonly allRows: number | null
  readonly profiles: Readonly<Record<string, ProfileState>>
  /** The column whose profile stands at the right. */
  readonly selected: string | null
  readonly pageMs: number | null
  readonly profileMs: number | null
  /** Grows with every page, so that the grid draws it. */
  readonly version: number
}

export interface TableStore extends StoreApi<TableState> {
  readonly cache: () => PageCache | null
  look(view: Omit<View, 'totalRows'>): void
  /** Ask for a column’s profile; the newest wish comes first, two at a time. */
  profile(column: string): void
  select(column: string): void
  /** Ascending, descending, as stored. */
  sortBy(column: string): void
  setFilters(filters: readonly Filter[]): void
  reload(): void
  dispose(): void
}

const profilesAtOnce = 2

export const createTableStore = (path: string): TableStore => {
  const store = createStore<TableState>(() => ({
    schema: null,
    error: null,
    sort: null,
    filters: [],
    totalRows: null,
    allRows: null,
    profiles: {},
    selected: null,
    pageMs: null,
    profileMs: null,
    version: 0,
  }))
  let cache: PageCache | null = null
  let profiling = new AbortController()
  let wished: string[] = []
  let running = 0
  let isDisposed = false

  const fail = (thrown: unknown): void => {
    const error = toStudioError(thrown)
    // Without a connection the rows on the screen stay; it is read again when there is one.
    const isPassing = error.code === 'cancelled' || (error.code === 'offline' && store.getState().schema !== null)
    if (!isPassing && !isDisposed) store.setState({ error: error.toData() })
  }

  const makeCache = (): void => {
    cache?.dispose()
    const { schema, sort, filters } = store.getState()
    if (!schema) return
    cache = createPageCache({
      columns: schema.columns.map((column) => column.name),
      fetch: (request, signal) =>
        studio.data.page(
          {
            path,
            offset: request.offset,
            limit: request.limit,
            columns: request.columns ? [...request.columns] : undefined,
            sort,
            filters: [...filters],
          },
          { signal },
        ),
      onPage: ({ totalRows, elapsedMs }) => {
        store.setState((before) => ({
          totalRows,
          allRows: filters.length === 0 ? totalRows : before.allRows,
          pageMs: elapsedMs,
          version: before.version + 1,
          error: null,
        }))
        nextProfile()
      },
      onError: fail,
    })
  }

  /** Everything that depends on the filters is asked again; what is on the screen stays until the answer is there. */
  const restart = (what: 'rows' | 'rows and profiles'): void => {
    if (what === 'rows and profiles') {
      profiling.abort()
      profiling = new AbortController()
      wished = []
      store.setState({ profiles: {} })
    }
    makeCache()
    store.setState((before) => ({ version: before.version + 1 }))
  }

  const setProfile = (column: string, profile: ProfileState): void =>
    store.setState(({ profiles }) => ({ profiles: { ...profiles, [column]: profile } }))

  const nextProfile = (): void => {
    // Rows come first: the engine has work enough with them.
    if (running >= profilesAtOnce || isDisposed || store.getState().totalRows === null) return
    const column = wished.pop()
    if (column === undefined) return
    running += 1
    const { signal } = profiling
    const started = performance.now()
    studio.data
      .profile({ path, column, filters: [...store.getState().filters] }, { signal })
      .then(
        (profile) => {
          if (signal.aborted) return
          setProfile(column, { state: 'ready', profile })
          store.setState({ profileMs: performance.now() - started })
        },
        (thrown: unknown) => {
          if (!signal.aborted) setProfile(column, { state: 'failed', message: toStudioError(thrown).message })
        },
      )
      .finally(() => {
        running -= 1
        nextProfile()
      })
    nextProfile()
  }

  const load = async (): Promise<void> => {
    const schema = await studio.data.schema({ path })
    if (isDisposed) return
    const { selected } = store.getState()
    const names = schema.columns.map((column) => column.name)
    store.setState({
      schema,
      error: null,
      allRows: schema.rows,
      selected: selected !== null && names.includes(selected) ? selected : (names[0] ?? null),
    })
    restart('rows and profiles')
  }

  load().catch(fail)

  return {
    ...store,
    cache: () => cache,
    look: (view) => cache?.look({ ...view, totalRows: store.getState().totalRows }),
    profile(column) {
      if (store.getState().profiles[column]) return
      setProfile(column, { state: 'loading' })
      wished.push(column)
      nextProfile()
    },
    select: (column) => store.setState({ selected: column }),
    sortBy(column) {
      const { sort } = store.getState()
      const next =
        sort?.column !== column
          ? { column, isDescending: false }
          : sort.isDescending
            ? null
            : { column, isDescending: true }
      store.setState({ sort: next })
      restart('rows')
    },
    setFilters(filters) {
      store.setState({ filters })
      restart('rows and profiles')
    },
    reload() {
      load().catch(fail)
    },
    dispose() {
      isDisposed = true
      profiling.abort()
      cache?.dispose()
    },
  }
}
