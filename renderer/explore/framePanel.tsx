import type { TableSchema } from '@shared/data/profile'
import { readReference } from '@shared/data/reference'
import { useEffect, useState } from 'react'
import { useKernels } from '../app/kernels'
import { attempt } from '../app/notices'
import { onEvent, studio } from '../app/studio'
import { Button } from '../ui/button'
import { formatCount, formatTime } from '../ui/format'
import { TablePanel } from './dataPanel'

interface FramePanelProps {
  readonly path: string
  readonly isActive: boolean
}

type Note = NonNullable<TableSchema['frame']>

const rowsText = ({ rows, totalRows }: Note): string =>
  rows < totalRows ? ` The first ${formatCount(rows)} of ${formatCount(totalRows)} rows.` : ''

const textColumns = ({ asText }: Note): string =>
  asText.length > 0 ? ` Values of several kinds are texts in ${asText.join(', ')}.` : ''

/** A dataframe of a kernel as it was, with which one and when above it. */
export const FramePanel = ({ path, isActive }: FramePanelProps) => {
  const target = readReference(path)
  const [taken, setTaken] = useState(0)
  const [note, setNote] = useState<Note | null>(null)
  const kernel = useKernels(({ kernels }) => kernels.find((one) => one.path === target?.path))
  useEffect(() => {
    // `taken` only says that there is a newer copy.
    void taken
    studio.data.schema({ path }).then(
      ({ frame }) => setNote(frame ?? null),
      // The table says what is wrong.
      () => setNote(null),
    )
  }, [path, taken])
  // Also where the list beside the files asked for it: the panel that is open is shown then.
  useEffect(
    () =>
      onEvent('kernels', 'copied', (copied) => {
        if (copied.path === path) setTaken((before) => before + 1)
      }),
    [path],
  )
  const takeAgain = (): void =>
    attempt(async () => {
      if (!kernel || !note) return
      await studio.kernels.snapshot({ kernelId: kernel.id, name: note.name })
    })
  return (
    <TablePanel
      key={taken}
      path={path}
      isActive={isActive}
      note={
        note ? (
          <section className="explore-copied" aria-label="Where these rows come from">
            <span>
              <strong>{note.name}</strong> of {note.notebook}, as it was at{' '}
              {formatTime(1000 * Math.floor(Date.parse(note.takenAt) / 1000))} UTC.
              {rowsText(note)}
              {textColumns(note)}
            </span>
            <Button kind="quiet" isDisabled={!kernel || kernel.status === 'busy'} onPress={takeAgain}>
              Take it again
            </Button>
          </section>
        ) : null
      }
    />
  )
}
