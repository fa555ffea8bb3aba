import { counted } from '@shared/counted'
import type { HealthReport } from '@shared/health/report'
import { useState } from 'react'
import { attempt, notify } from '../app/notices'
import { useWorkspace } from '../app/workspace'
import { metricName } from '../train/words'
import { Button } from '../ui/button'
import { formatCount, formatNumber } from '../ui/format'
import { Select } from '../ui/select'
import { Table } from '../ui/table'
import { addLabels } from './store'

const readable = /\.(parquet|csv|arrow|ndjson|jsonl)$/i

const AddLabels = ({ reference }: { readonly reference: string }) => {
  const entries = useWorkspace((state) => state.entries)
  const [isOpen, setOpen] = useState(false)
  const [path, setPath] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const files = entries.filter((entry) => entry.kind === 'file' && readable.test(entry.name))
  const join = async (): Promise<void> => {
    if (path === null) return
    setBusy(true)
    try {
      const { matched, unmatched } = await addLabels(reference, path)
      notify({
        kind: 'info',
        title: `${counted(matched, 'label')} joined.`,
        detail:
          unmatched > 0
            ? `${formatCount(unmatched)} of the file ${unmatched === 1 ? 'is of a row that was' : 'are of rows that were'} not predicted.`
            : undefined,
      })
      setOpen(false)
    } finally {
      setBusy(false)
    }
  }
  if (!isOpen) return <Button onPress={() => setOpen(true)}>Add labels…</Button>
  return (
    <div className="health-labels">
      <Select
        label="File with labels"
        placeholder="Choose a file…"
        options={files.map((file) => ({ id: file.path, label: file.path }))}
        value={path}
        onChange={setPath}
      />
      <Button onPress={() => attempt(join)} isDisabled={path === null || isBusy}>
        {isBusy ? 'Joining…' : 'Join labels'}
      </Button>
      <Button kind="quiet" onPress={() => setOpen(false)}>
        Cancel
      </Button>
    </div>
  )
}

/** The metrics on labels that came later, against those of the test split. */
export const Performance = ({ report }: { readonly report: HealthReport }) => {
  const { performance, latency } = report
  const names = performance ? Object.keys(performance.current) : []
  return (
    <section className="health-section" aria-label="Performance">
      <div className="health-section-head">
        <h3 className="health-heading">Performance</h3>
        <AddLabels reference={report.reference} />
      </div>
      {performance ? (
        <>
          <p className="health-note">{formatCount(performance.labelled)} labelled predictions</p>
          <Table
            label="Performance then and now"
            rows={names}
            rowKey={(name) => name}
            columns={[
              { id: 'metric', header: 'Metric', cell: metricName },
              {
                id: 'then',
                header: 'Test split',
                align: 'end',
                cell: (name) => {
                  const then = performance.baseline[name]
                  return then === undefined ? '–' : formatNumber(then, 4)
                },
              },
              {
                id: 'now',
                header: 'Now',
                align: 'end',
                cell: (name) => formatNumber(performance.current[name] ?? Number.NaN, 4),
              },
            ]}
          />
        </>
      ) : (
        <p className="health-note">
          No labels yet. When the truth is known, add a file with the observations’ row key and the label’s columns.
        </p>
      )}
      <p className="health-note">
        {latency
          ? `Single rows: p50 ${formatNumber(latency.p50Ms, 2)} ms, p95 ${formatNumber(latency.p95Ms, 2)} ms, p99 ${formatNumber(latency.p99Ms, 2)} ms`
          : 'Latency: no single-row predictions yet.'}
      </p>
    </section>
  )
}
