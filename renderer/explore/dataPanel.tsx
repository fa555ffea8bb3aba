import { counted } from '@shared/counted'
import { readReference, shownReference } from '@shared/data/reference'
import type { Filter } from '@shared/rpc/data'
import { Copy, Download, PanelRight, WandSparkles } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { openFile, openPanel } from '../app/navigation'
import { attempt, notify } from '../app/notices'
import { fileName } from '../app/panels'
import { clearStatus, setStatus } from '../app/status'
import { onEvent, studio, useConnection } from '../app/studio'
import { useWorkspace } from '../app/workspace'
import { Button, IconButton } from '../ui/button'
import { formatBytes, formatCount, formatDuration } from '../ui/format'
import { Menu } from '../ui/menu'
import { Splitter } from '../ui/splitter'
import { EmptyState, ErrorState, Skeleton } from '../ui/states'
import { setActiveTable } from './activeTable'
import { draftFrom, useDrafts } from './draft'
import { freeName } from './files/tree'
import type { CopyFormat } from './table/clipboard'
import { copySelection } from './table/copy'
import { DataGrid } from './table/dataGrid'
import { FilterBar } from './table/filterBar'
import { LinkView } from './table/linkView'
import { ProfilePane } from './table/profilePane'
import type { Selection } from './table/selection'
import { createTableStore, type TableState, type TableStore } from './table/store'

const start: Selection = { active: { row: 0, column: 0 }, anchor: { row: 0, column: 0 } }

const useTable = (path: string): TableStore => {
  const store = useMemo(() => createTableStore(path), [path])
  useEffect(() => {
    const file = readReference(path)?.path ?? path
    const stop = onEvent('workspace', 'changed', ({ paths }) => {
      if (paths.includes(file) || paths.includes('')) store.reload()
    })
    const stopConnection = useConnection.subscribe(({ opened }, before) => {
      if (opened !== before.opened) store.reload()
    })
    return () => {
      stop()
      stopConnection()
      store.dispose()
    }
  }, [path, store])
  return store
}

const rowsText = ({ totalRows, allRows, filters }: TableState): string => {
  if (totalRows === null) return 'Counting rows…'
  if (filters.length > 0 && allRows !== null) return `${formatCount(totalRows)} of ${counted(allRows, 'row')}`
  return counted(totalRows, 'row')
}

const profilesText = ({ profiles }: TableState): string => {
  const ready = Object.values(profiles).flatMap((one) => (one.state === 'ready' ? [one.profile] : []))
  if (ready.some(({ estimates }) => (estimates ?? []).length > 0)) return ' · profiles on all rows, ≈ where estimated'
  return ready.length > 0 ? ' · profiles on all rows' : ''
}

const useTableStatus = (state: TableState, path: string, isActive: boolean): void => {
  const { schema, pageMs, profileMs } = state
  useEffect(() => {
    if (!isActive || !schema) return
    const shown = shownReference(path)
    setStatus({ id: 'file', side: 'start', text: fileName(shown), tooltip: shown })
    const columns = schema.columns.length
    setStatus({
      id: 'size',
      side: 'start',
      text: `${formatCount(columns)} ${columns === 1 ? 'column' : 'columns'} · ${formatBytes(schema.sizeBytes)}`,
    })
    return () => {
      clearStatus('file')
      clearStatus('size')
    }
  }, [isActive, schema, path])
  useEffect(() => {
    if (!isActive || pageMs === null) return
    const profile = profileMs === null ? '' : ` · profile ${formatDuration(profileMs)}`
    setStatus({ id: 'timing', side: 'end', text: `page ${formatDuration(pageMs)}${profile}` })
    return () => clearStatus('timing')
  }, [isActive, pageMs, profileMs])
}

const exportRows = (path: string, filters: readonly Filter[], ending: 'csv' | 'parquet'): void =>
  attempt(async () => {
    const target = readReference(path)
    const table = typeof target?.options.table === 'string' ? ` ${target.options.table.replace(/[^\w.-]+/g, ' ')}` : ''
    const stem = `${(target?.path ?? path).replace(/\.[^./]+$/, '')}${table}`
    const output = freeName(useWorkspace.getState().entries, '', `${stem} export.${ending}`)
    const written = await studio.data.convert({ path, output, filters: [...filters] })
    notify({
      kind: 'info',
      title: `Wrote ${counted(written.rows, 'row')} to ${written.path}.`,
      action: { label: 'Open it', run: () => openFile(written.path) },
    })
  })

const DraftButton = ({ path }: { readonly path: string }) => {
  const isRunning = useDrafts(({ running }) => running.has(path))
  return (
    <Button
      isDisabled={isRunning}
      tooltip="Draft model from this file: its source, features and a model, as Pro-ML text"
      onPress={() => draftFrom(path)}
    >
      <WandSparkles size={13} aria-hidden /> {isRunning ? 'Drafting…' : 'Draft model'}
    </Button>
  )
}

interface TablePanelProps {
  /** Of a file, or a reference. */
  readonly path: string
  readonly isActive: boolean
  /** Stands first in the bar, also where the table cannot be read. */
  readonly picker?: ReactNode
  /** Stands between the bar and the rows. */
  readonly note?: ReactNode
  /** Stands below what is wrong, where the table cannot be read. */
  readonly remedy?: ReactNode
}

export const TablePanel = ({ path, isActive, picker, note, remedy }: TablePanelProps) => {
  const store = useTable(path)
  const state = useStore(store)
  const { schema, error, filters, selected, profiles, totalRows } = state
  const [selection, setSelection] = useState(start)
  const [label, setLabel] = useState<string | null>(null)
  const [pane, setPane] = useState({ isOpen: true, width: 268 })
  useTableStatus(state, path, isActive)

  const copy = (format: CopyFormat): void => {
    if (schema) attempt(() => copySelection(path, schema, store, selection, format))
  }
  // The commands of the palette copy from the table that is in front, as it is at that moment.
  useEffect(() => (isActive ? setActiveTable({ path, copy }) : undefined))

  if (error)
    return (
      <ErrorState
        error={error}
        action={
          <>
            {remedy}
            <span className="explore-actions">
              {picker}
              <Button onPress={() => store.reload()}>Try again</Button>
              {picker ? null : (
                <Button onPress={() => openPanel('text', { path: readReference(path)?.path ?? path })}>
                  Open as text
                </Button>
              )}
              {filters.length > 0 ? <Button onPress={() => store.setFilters([])}>Clear filters</Button> : null}
            </span>
          </>
        }
      />
    )
  if (!schema)
    return (
      <div className="explore-wait">
        <Skeleton lines={12} height={14} />
      </div>
    )
  return (
    <div className="explore-data">
      <div className="explore-bar">
        {picker}
        <FilterBar
          columns={schema.columns}
          filters={filters}
          selected={selected}
          onChange={(next) => store.setFilters(next)}
        />
        <div className="explore-tools">
          <span className="explore-rows" role="status">
            {rowsText(state)}
            {profilesText(state)}
          </span>
          <DraftButton path={path} />
          <Menu
            label="Copy"
            entries={[
              { id: 'tsv', label: 'Copy cells', keys: 'Ctrl C', run: () => copy('tsv') },
              { id: 'csv', label: 'Copy as CSV', run: () => copy('csv') },
              { id: 'markdown', label: 'Copy as Markdown', run: () => copy('markdown') },
            ]}
          >
            <Button>
              <Copy size={13} aria-hidden /> Copy
            </Button>
          </Menu>
          <Menu
            label="Export"
            entries={[
              { id: 'csv', label: 'Rows as CSV', run: () => exportRows(path, filters, 'csv') },
              { id: 'parquet', label: 'Rows as Parquet', run: () => exportRows(path, filters, 'parquet') },
            ]}
          >
            <Button>
              <Download size={13} aria-hidden /> Export
            </Button>
          </Menu>
          <IconButton
            label={pane.isOpen ? 'Hide the profile' : 'Show the profile'}
            pressed={pane.isOpen ? 'on' : 'off'}
            icon={<PanelRight size={15} aria-hidden />}
            onPress={() => setPane((before) => ({ ...before, isOpen: !before.isOpen }))}
          />
        </div>
      </div>
      {note}
      <div className="explore-split">
        <div className="explore-grid-box">
          {totalRows === 0 ? (
            <EmptyState
              title={filters.length > 0 ? 'No row fits these filters' : 'This table has no rows'}
              detail={filters.length > 0 ? undefined : 'Its columns are known; rows appear here once there are any.'}
              action={filters.length > 0 ? <Button onPress={() => store.setFilters([])}>Clear filters</Button> : null}
            />
          ) : (
            <DataGrid
              store={store}
              schema={schema}
              label={`Rows of ${fileName(shownReference(path))}`}
              selection={selection}
              onSelection={setSelection}
              onCopy={() => copy('tsv')}
            />
          )}
        </div>
        {pane.isOpen ? (
          <>
            <Splitter
              label="Width of the profile"
              orientation="vertical"
              pane="after"
              value={pane.width}
              min={200}
              max={560}
              onChange={(width) => setPane({ isOpen: true, width })}
            />
            <div className="explore-pane" style={{ width: pane.width }}>
              <ProfilePane
                column={schema.columns.find((column) => column.name === selected)}
                profile={selected === null ? undefined : profiles[selected]}
                onFilter={(more) => store.setFilters([...filters, ...more])}
              >
                <LinkView
                  path={path}
                  columns={schema.columns}
                  column={selected}
                  label={label}
                  filters={filters}
                  onLabel={setLabel}
                />
              </ProfilePane>
            </div>
          </>
        ) : null}
      </div>
    </div>
  )
}
