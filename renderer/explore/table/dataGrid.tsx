// biome-ignore-all lint/a11y/useSemanticElements: rows and cells are placed one by one, which a <table> cannot be
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid is the one tab stop and names the active cell
import type { ColumnSchema, TableSchema } from '@shared/data/profile'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { formatCount } from '../../ui/format'
import { cellOf, isNumeric, typeLabel } from './cells'
import { ColumnHeader } from './columnHeader'
import { useRowScroll } from './rowScroll'
import { visibleRange } from './scroll'
import { blockOf, isInBlock, moved, type Place, type Selection } from './selection'
import type { TableStore } from './store'

const rowHeight = 26
const headerHeight = 108
/** Wide enough for the last row’s number. */
const gutterFor = (rows: number): number => Math.max(52, 22 + formatCount(rows).length * 7.6)
const overscanRows = 10

/** Wide enough for the name with its type, and for what such a type holds. */
const naturalWidth = (column: ColumnSchema): number => {
  const content = column.type === 'time' ? 146 : column.type === 'string' ? 132 : column.type === 'date' ? 110 : 124
  return Math.min(360, Math.max(content, 28 + (column.name.length + typeLabel(column).length + 1) * 7.4))
}

/** Dragged widths win; the others share what is left over, up to 1.5 times their natural width. */
const useWidths = (schema: TableSchema, available: number) => {
  const [dragged, setDragged] = useState<Readonly<Record<string, number>>>({})
  const widths = useMemo(() => {
    const natural = schema.columns.map((column) => dragged[column.name] ?? naturalWidth(column))
    const total = natural.reduce((sum, width) => sum + width, 0)
    const free = schema.columns.reduce((sum, column, at) => sum + (dragged[column.name] ? 0 : (natural[at] ?? 0)), 0)
    const factor = free > 0 && total < available ? Math.min(1.5, 1 + (available - total) / free) : 1
    return schema.columns.map((column, at) => Math.floor((natural[at] ?? 0) * (dragged[column.name] ? 1 : factor)))
  }, [schema, dragged, available])
  return { widths, setWidth: (name: string, width: number) => setDragged((before) => ({ ...before, [name]: width })) }
}

interface HandleProps {
  readonly width: number
  readonly onChange: (width: number) => void
}

const ResizeHandle = ({ width, onChange }: HandleProps) => {
  const start = useRef<{ readonly x: number; readonly width: number } | null>(null)
  return (
    <span
      className="grid-resize"
      aria-hidden="true"
      onClick={(event) => event.stopPropagation()}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        start.current = { x: event.clientX, width }
      }}
      onPointerMove={(event) => {
        if (start.current) onChange(Math.min(900, Math.max(60, start.current.width + event.clientX - start.current.x)))
      }}
      onPointerUp={() => {
        start.current = null
      }}
    />
  )
}

interface DataGridProps {
  readonly store: TableStore
  readonly schema: TableSchema
  readonly label: string
  readonly selection: Selection
  readonly onSelection: (selection: Selection) => void
  readonly onCopy: () => void
}

/** Rows and columns drawn only where they are looked at; one tab stop, keys after the ARIA grid pattern. */
export const DataGrid = ({ store, schema, label, selection, onSelection, onCopy }: DataGridProps) => {
  const { totalRows, profiles, selected, sort, version } = useStore(store)
  const scroll = useRef<HTMLDivElement>(null)
  const id = useId()
  const rows = totalRows ?? 40
  const columns = schema.columns
  const gutterWidth = gutterFor(rows)
  const vertical = useRowScroll(scroll, rows, rowHeight, headerHeight)
  const { widths, setWidth } = useWidths(schema, (scroll.current?.clientWidth ?? 0) - gutterWidth - 2)
  const horizontal = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroll.current,
    estimateSize: (at) => widths[at] ?? 120,
    overscan: 2,
    scrollPaddingStart: gutterWidth,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when any width changes
  useEffect(() => horizontal.measure(), [widths])
  const shown = horizontal.getVirtualItems()
  const firstColumn = shown[0]?.index ?? 0
  const lastColumn = shown.at(-1)?.index ?? 0
  const { first, last } = visibleRange(vertical.top, vertical.viewport, rowHeight, rows, overscanRows)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` brings new pages, `sort` and filters a new cache
  useEffect(() => {
    store.look({ rows: { first, last }, columns: { first: firstColumn, last: lastColumn } })
    for (let at = lastColumn; at >= firstColumn; at -= 1) {
      const column = columns[at]
      if (column) store.profile(column.name)
    }
  }, [store, first, last, firstColumn, lastColumn, version, columns])

  const show = (place: Place): void => {
    horizontal.scrollToIndex(place.column, { align: 'auto' })
    if (place.row < 0) return
    const top = place.row * rowHeight
    if (top < vertical.top) vertical.scrollTo(top)
    else if (top + rowHeight > vertical.top + vertical.viewport) vertical.scrollTo(top + rowHeight - vertical.viewport)
  }
  const choose = (next: Selection): void => {
    onSelection(next)
    const column = columns[next.active.column]
    if (column && column.name !== selected) store.select(column.name)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey) return
    const isMod = event.ctrlKey || event.metaKey
    const column = columns[selection.active.column]
    if (isMod && event.key === 'c') onCopy()
    else if (selection.active.row < 0 && (event.key === 'Enter' || event.key === ' ') && column)
      store.sortBy(column.name)
    else {
      const bounds = { rows, columns: columns.length, page: Math.max(1, Math.floor(vertical.viewport / rowHeight) - 1) }
      const next = moved(selection, { key: event.key, isMod, isShift: event.shiftKey }, bounds)
      if (!next) return
      choose(next)
      // Selecting all does not throw the view to the end.
      if (event.key !== 'a') show(next.active)
    }
    event.preventDefault()
  }
  const press = (event: PointerEvent, place: Place): void => {
    if (event.button !== 0) return
    choose({ active: place, anchor: event.shiftKey ? selection.anchor : place })
  }

  const block = blockOf(selection)
  const cache = store.cache()
  const cellId = (place: Place): string => `${id}-${place.row}-${place.column}`
  const isActiveDrawn =
    selection.active.column >= firstColumn &&
    selection.active.column <= lastColumn &&
    (selection.active.row < 0 || (selection.active.row >= first && selection.active.row <= last))
  const width = horizontal.getTotalSize() + gutterWidth

  return (
    <div
      ref={scroll}
      role="grid"
      aria-label={label}
      aria-rowcount={totalRows === null ? -1 : totalRows + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={isActiveDrawn ? cellId(selection.active) : undefined}
      aria-busy={totalRows === null}
      tabIndex={0}
      className="grid"
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="grid-head" style={{ width, height: headerHeight }}>
        <div role="row" aria-rowindex={1} className="grid-row" style={{ height: headerHeight }}>
          <div role="columnheader" aria-colindex={1} className="grid-gutter" style={{ width: gutterWidth }}>
            <span className="visually-hidden">Row</span>
          </div>
          {shown.map((item) => {
            const column = columns[item.index]
            if (!column) return null
            const place = { row: -1, column: item.index }
            const direction = sort?.column === column.name ? (sort.isDescending ? 'descending' : 'ascending') : 'none'
            return (
              <div
                key={column.name}
                id={cellId(place)}
                role="columnheader"
                aria-colindex={item.index + 2}
                aria-sort={direction}
                className="grid-header"
                data-selected={column.name === selected || undefined}
                data-active={(selection.active.row < 0 && selection.active.column === item.index) || undefined}
                style={{ left: item.start + gutterWidth, width: item.size }}
              >
                <ColumnHeader
                  column={column}
                  profile={profiles[column.name]}
                  sort={sort}
                  onSort={() => store.sortBy(column.name)}
                  onSelect={() => choose({ active: place, anchor: place })}
                />
                <ResizeHandle width={item.size} onChange={(next) => setWidth(column.name, next)} />
              </div>
            )
          })}
        </div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ width, height: vertical.scale.barHeight }}>
        {Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => {
          const row = first + offset
          return (
            <div
              key={row}
              role="row"
              aria-rowindex={row + 2}
              className="grid-row"
              style={{
                transform: `translateY(${row * rowHeight - vertical.top + vertical.scrollTop}px)`,
                height: rowHeight,
              }}
            >
              <div
                role="rowheader"
                aria-colindex={1}
                className="grid-gutter grid-number"
                style={{ width: gutterWidth }}
              >
                {formatCount(row + 1)}
              </div>
              {shown.map((item) => {
                const column = columns[item.index]
                if (!column) return null
                const place = { row, column: item.index }
                const cell = cache?.isLoaded(row, item.index) ? cellOf(cache.value(row, item.index), column.type) : null
                return (
                  <div
                    key={column.name}
                    id={cellId(place)}
                    role="gridcell"
                    aria-colindex={item.index + 2}
                    aria-selected={isInBlock(block, row, item.index)}
                    className="grid-cell"
                    data-kind={cell?.kind ?? 'waiting'}
                    data-align={isNumeric(column.type) ? 'end' : undefined}
                    data-active={(selection.active.row === row && selection.active.column === item.index) || undefined}
                    style={{ left: item.start + gutterWidth, width: item.size }}
                    onPointerDown={(event) => press(event, place)}
                    onPointerEnter={(event) => {
                      if (event.buttons === 1) onSelection({ active: place, anchor: selection.anchor })
                    }}
                  >
                    {cell ? cell.text : <span className="grid-waiting" />}
                  </div>
                )
              })}
            </div>
          )
        })}
      </div>
    </div>
  )
}
