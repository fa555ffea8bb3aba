import type { Run } from '@shared/training/run'
import { useState } from 'react'
import { Table } from '../ui/table'
import { formatMetric } from './words'

const settingText = (value: unknown): string =>
  typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(4) : String(value)

/** Every trial of the search; sortable, the chosen one marked. */
export const Trials = ({ run }: { readonly run: Run }) => {
  const [sort, setSort] = useState<'number' | 'value'>('number')
  const names = Object.keys(run.trials[0]?.params ?? {})
  const isChosen = (trial: Run['trials'][number]): boolean =>
    run.state === 'succeeded' && names.every((name) => trial.params[name] === run.params[name])
  const rows = [...run.trials].sort((a, b) =>
    sort === 'number' ? a.number - b.number : (b.value ?? -Infinity) - (a.value ?? -Infinity),
  )
  return (
    <section className="train-section" aria-label="Trials">
      <h3>Trials</h3>
      <Table
        label="Trials of the search"
        rows={rows}
        rowKey={(row) => String(row.number)}
        selectedKey={String(run.trials.find(isChosen)?.number ?? '')}
        columns={[
          {
            id: 'number',
            header: 'Trial',
            cell: (row) => `${row.number + 1}${isChosen(row) ? ' · chosen' : ''}`,
            onSort: () => setSort('number'),
            sorted: sort === 'number' ? 'ascending' : undefined,
          },
          ...names.map((name) => ({
            id: name,
            header: name,
            align: 'end' as const,
            cell: (row: Run['trials'][number]) => settingText(row.params[name]),
          })),
          {
            id: 'value',
            header: 'Value on the valid split',
            align: 'end',
            cell: (row) => formatMetric(row.value ?? undefined),
            onSort: () => setSort('value'),
            sorted: sort === 'value' ? 'descending' : undefined,
          },
        ]}
      />
    </section>
  )
}
