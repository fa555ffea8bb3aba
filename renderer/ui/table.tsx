import type { ReactNode } from 'react'

export interface TableColumn<Row> {
  readonly id: string
  readonly header: ReactNode
  readonly cell: (row: Row) => ReactNode
  readonly align?: 'start' | 'end'
  readonly width?: number | string
  readonly onSort?: () => void
  readonly sorted?: 'ascending' | 'descending'
}

interface TableProps<Row> {
  /** Read aloud as the table’s name. */
  readonly label: string
  readonly columns: readonly TableColumn<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  readonly selectedKey?: string | null
  /** Makes rows pressable; the first cell holds the button for the keyboard. */
  readonly onRowPress?: (row: Row) => void
  readonly empty?: ReactNode
}

export const Table = <Row,>({ label, columns, rows, rowKey, selectedKey, onRowPress, empty }: TableProps<Row>) => (
  <div className="ui-table-scroll">
    <table className="ui-table" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.id}
              scope="col"
              data-align={column.align}
              style={{ width: column.width }}
              aria-sort={column.sorted}
            >
              {column.onSort ? (
                <button type="button" className="ui-table-sort" onClick={column.onSort}>
                  {column.header}
                  <span aria-hidden>
                    {column.sorted === 'ascending' ? ' ↑' : column.sorted === 'descending' ? ' ↓' : ''}
                  </span>
                </button>
              ) : (
                column.header
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const key = rowKey(row)
          return (
            <tr
              key={key}
              data-selected={key === selectedKey || undefined}
              data-pressable={onRowPress ? true : undefined}
              onClick={() => onRowPress?.(row)}
            >
              {columns.map((column, index) => (
                <td key={column.id} data-align={column.align}>
                  {index === 0 && onRowPress ? (
                    <button
                      type="button"
                      className="ui-table-open"
                      onClick={(event) => {
                        event.stopPropagation()
                        onRowPress(row)
                      }}
                    >
                      {column.cell(row)}
                    </button>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          )
        })}
      </tbody>
    </table>
    {rows.length === 0 ? empty : null}
  </div>
)
