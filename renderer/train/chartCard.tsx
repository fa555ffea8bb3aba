import { ChartLine, TableProperties } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { IconButton } from '../ui/button'
import { Table, type TableColumn } from '../ui/table'

interface ChartCardProps<Row> {
  readonly title: string
  /** What it shows, in a few words. */
  readonly detail?: string
  readonly chart: ReactNode
  readonly rows: readonly Row[]
  readonly columns: readonly TableColumn<Row>[]
  readonly rowKey: (row: Row) => string
}

/** A chart, and the same numbers as a table at the press of a button. */
export const ChartCard = <Row,>({ title, detail, chart, rows, columns, rowKey }: ChartCardProps<Row>) => {
  const [view, setView] = useState<'chart' | 'table'>('chart')
  const isTable = view === 'table'
  return (
    <section className="train-card" aria-label={title}>
      <header className="train-card-head">
        <h3>{title}</h3>
        {detail ? <span className="train-card-detail">{detail}</span> : null}
        <IconButton
          label={isTable ? 'Show the chart' : 'Show the numbers'}
          icon={isTable ? <ChartLine size={14} aria-hidden /> : <TableProperties size={14} aria-hidden />}
          pressed={isTable ? 'on' : 'off'}
          onPress={() => setView(isTable ? 'chart' : 'table')}
        />
      </header>
      {isTable ? (
        <div className="train-card-table">
          <Table label={title} columns={columns} rows={rows} rowKey={rowKey} />
        </div>
      ) : (
        chart
      )}
    </section>
  )
}
