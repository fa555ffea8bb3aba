import { type Table, tableFromIPC } from 'apache-arrow'

export const pageRows = 200
/** Columns a request; a table of ten thousand columns is read only where it is looked at. */
export const blockColumns = 50

const keptPages = 80

export interface PageRequest {
  readonly offset: number
  readonly limit: number
  /** Undefined for all. */
  readonly columns?: readonly string[]
}

export interface PageAnswer {
  readonly arrow: Uint8Array
  readonly totalRows: number
}

export interface Range {
  readonly first: number
  readonly last: number
}

export interface View {
  readonly rows: Range
  readonly columns: Range
  /** Null until the first answer. */
  readonly totalRows: number | null
}

interface PageCacheOptions {
  readonly columns: readonly string[]
  readonly fetch: (request: PageRequest, signal: AbortSignal) => Promise<PageAnswer>
  readonly onPage: (page: { readonly totalRows: number; readonly elapsedMs: number }) => void
  readonly onError: (error: unknown) => void
}

export interface PageCache {
  /** A decoded value; undefined while its page is not there. */
  value(row: number, column: number): unknown
  isLoaded(row: number, column: number): boolean
  /** Ask for what a view needs; requests for what is no longer looked at are cancelled. */
  look(view: View): void
  dispose(): void
}

const between = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)

/** Arrow pages by place, least recently used dropped first. */
export const createPageCache = ({ columns, fetch, onPage, onError }: PageCacheOptions): PageCache => {
  const pages = new Map<string, Table>()
  const pending = new Map<string, AbortController>()
  let isDisposed = false
  const keyOf = (page: number, block: number): string => `${page}:${block}`
  const isOneBlock = columns.length <= blockColumns

  const keep = (key: string, table: Table): void => {
    pages.delete(key)
    pages.set(key, table)
    for (const oldest of pages.keys()) {
      if (pages.size <= keptPages) return
      pages.delete(oldest)
    }
  }

  const load = async (page: number, block: number): Promise<void> => {
    const key = keyOf(page, block)
    const controller = new AbortController()
    pending.set(key, controller)
    const started = performance.now()
    try {
      const answer = await fetch(
        {
          offset: page * pageRows,
          limit: pageRows,
          columns: isOneBlock ? undefined : columns.slice(block * blockColumns, (block + 1) * blockColumns),
        },
        controller.signal,
      )
      if (controller.signal.aborted || isDisposed) return
      keep(key, tableFromIPC(answer.arrow))
      onPage({ totalRows: answer.totalRows, elapsedMs: performance.now() - started })
    } catch (error) {
      if (!controller.signal.aborted && !isDisposed) onError(error)
    } finally {
      if (pending.get(key) === controller) pending.delete(key)
    }
  }

  const find = (row: number, column: number): { readonly table: Table; readonly at: number } | null => {
    const page = Math.floor(row / pageRows)
    const block = isOneBlock ? 0 : Math.floor(column / blockColumns)
    const table = pages.get(keyOf(page, block))
    return table ? { table, at: row - page * pageRows } : null
  }

  return {
    value(row, column) {
      const place = find(row, column)
      return place?.table.getChild(columns[column] ?? '')?.get(place.at)
    },
    isLoaded: (row, column) => find(row, column) !== null,
    look({ rows, columns: shown, totalRows }) {
      const wanted = new Set<string>()
      const first = Math.floor(Math.max(0, rows.first) / pageRows)
      const last = Math.floor(Math.max(0, rows.last) / pageRows)
      const end = totalRows === null ? last : Math.floor(Math.max(0, totalRows - 1) / pageRows)
      // The view itself first, then one page after it and one before.
      const order = [...between(first, last), last + 1, first - 1].filter((page) => page >= 0 && page <= end)
      const block = (column: number): number => Math.floor(Math.max(0, column) / blockColumns)
      const blocks = isOneBlock ? [0] : between(block(shown.first), block(shown.last))
      for (const page of order) for (const one of blocks) wanted.add(keyOf(page, one))
      for (const [key, controller] of pending)
        if (!wanted.has(key)) {
          controller.abort()
          pending.delete(key)
        }
      for (const key of wanted) {
        const known = pages.get(key)
        if (known) keep(key, known)
        else if (!pending.has(key)) {
          const [page = 0, block = 0] = key.split(':').map(Number)
          load(page, block).catch(onError)
        }
      }
    },
    dispose() {
      isDisposed = true
      for (const controller of pending.values()) controller.abort()
      pending.clear()
      pages.clear()
    },
  }
}
