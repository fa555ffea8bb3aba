import { isDatabase, readReference, referenceOf } from '@shared/data/reference'
import { type StudioErrorData, toStudioError } from '@shared/errors'
import { useEffect, useState } from 'react'
import type { PanelParameters } from '../app/contributions'
import { onEvent, studio } from '../app/studio'
import { Button } from '../ui/button'
import { Select } from '../ui/select'
import { EmptyState, ErrorState, Skeleton } from '../ui/states'
import { CsvPanel, isCsv } from './csvPanel'
import { TablePanel } from './dataPanel'
import { FramePanel } from './framePanel'

interface DataPanelProps {
  readonly parameters: PanelParameters
  readonly isActive: boolean
}

/** A table of a file, or the tables of a database with one of them open. */
export const DataPanel = ({ parameters, isActive }: DataPanelProps) => {
  const path = String(parameters.path)
  if (readReference(path)?.kind === 'notebook') return <FramePanel path={path} isActive={isActive} />
  if (isDatabase(path)) return <DatabasePanel path={path} isActive={isActive} />
  return isCsv(path) ? <CsvPanel path={path} isActive={isActive} /> : <TablePanel path={path} isActive={isActive} />
}

type Listed = { readonly tables: readonly string[] } | { readonly error: StudioErrorData }

const useTables = (path: string): { listed: Listed | null; ask: () => void } => {
  const [listed, setListed] = useState<Listed | null>(null)
  const [asked, setAsked] = useState(0)
  useEffect(() => {
    // `asked` only says that it is to be asked anew.
    void asked
    let isGone = false
    studio.data.tables({ path }).then(
      (found) => isGone || setListed(found),
      (error: unknown) => isGone || setListed({ error: toStudioError(error) }),
    )
    return () => {
      isGone = true
    }
  }, [path, asked])
  const ask = (): void => setAsked((before) => before + 1)
  useEffect(
    () =>
      onEvent('workspace', 'changed', ({ paths }) => {
        if (paths.includes(path) || paths.includes('')) setAsked((before) => before + 1)
      }),
    [path],
  )
  return { listed, ask }
}

const DatabasePanel = ({ path, isActive }: { readonly path: string; readonly isActive: boolean }) => {
  const { listed, ask } = useTables(path)
  const [chosen, setChosen] = useState<string | null>(null)
  if (!listed)
    return (
      <div className="explore-wait">
        <Skeleton lines={12} height={14} />
      </div>
    )
  if ('error' in listed) return <ErrorState error={listed.error} action={<Button onPress={ask}>Try again</Button>} />
  const table = chosen !== null && listed.tables.includes(chosen) ? chosen : listed.tables[0]
  if (table === undefined) return <EmptyState title="This database has no tables" />
  const reference = referenceOf({ kind: 'sqlite', path, options: { table } })
  return (
    <TablePanel
      key={reference}
      path={reference}
      isActive={isActive}
      picker={
        <Select
          label="Table"
          isLabelHidden
          options={listed.tables.map((name) => ({ id: name, label: name }))}
          value={table}
          onChange={setChosen}
        />
      }
    />
  )
}
