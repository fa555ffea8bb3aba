import { type BadRows, badRowPlace } from '@shared/data/csv'
import { referenceOf } from '@shared/data/reference'
import { useEffect, useState } from 'react'
import { onEvent, studio } from '../app/studio'
import { Button } from '../ui/button'
import { formatCount } from '../ui/format'
import { TablePanel } from './dataPanel'

export const isCsv = (path: string): boolean => /\.(csv|tsv)$/i.test(path)

const shownRows = 100

/** Null until they are known, and where they cannot be. */
const useBadRows = (path: string): BadRows | null => {
  const [found, setFound] = useState<BadRows | null>(null)
  const [asked, setAsked] = useState(0)
  useEffect(() => {
    // `asked` only says that it is to be asked anew.
    void asked
    const stop = new AbortController()
    studio.data.badRows({ path, limit: shownRows }, { signal: stop.signal }).then(
      (told) => stop.signal.aborted || setFound(told),
      () => stop.signal.aborted || setFound(null),
    )
    return () => stop.abort()
  }, [path, asked])
  useEffect(
    () =>
      onEvent('workspace', 'changed', ({ paths }) => {
        if (paths.includes(path) || paths.includes('')) setAsked((before) => before + 1)
      }),
    [path],
  )
  return found
}

const lines = (count: number): string => (count === 1 ? '1 line' : `${formatCount(count)} lines`)

const BadRowTable = ({ bad }: { readonly bad: BadRows }) => {
  const hasFiles = new Set(bad.rows.map(({ file }) => file)).size > 1
  return (
    <div className="explore-bad-rows">
      <table className="ui-table" aria-label="Lines that are no rows">
        <thead>
          <tr>
            {hasFiles ? <th scope="col">file</th> : null}
            <th scope="col">line</th>
            <th scope="col">what is wrong</th>
            <th scope="col">column</th>
            <th scope="col">text</th>
          </tr>
        </thead>
        <tbody>
          {bad.rows.map((row) => (
            <tr key={`${row.file}:${row.line}`}>
              {hasFiles ? <td>{row.file}</td> : null}
              <td>{badRowPlace(row).replace(/^lines? /, '')}</td>
              <td>{row.reason}</td>
              <td>{row.column ?? '–'}</td>
              <td>
                <bdi className="explore-bad-text">{row.text}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {bad.total > bad.rows.length ? (
        <p className="explore-note">
          The first {formatCount(bad.rows.length)} of {formatCount(bad.total)}.
        </p>
      ) : null}
    </div>
  )
}

/** Asked for only where the file was refused. */
const Remedy = ({ path, onSkip }: { readonly path: string; readonly onSkip: () => void }) => {
  const bad = useBadRows(path)
  if (!bad || bad.total === 0) return null
  return (
    <>
      <BadRowTable bad={bad} />
      <Button kind="primary" onPress={onSkip}>
        Read without {bad.total === 1 ? 'this line' : `these ${lines(bad.total)}`}
      </Button>
    </>
  )
}

const SkippedNote = ({ path, onReadAll }: { readonly path: string; readonly onReadAll: () => void }) => {
  const bad = useBadRows(path)
  const [isOpen, setOpen] = useState(false)
  if (!bad) return null
  return (
    <section className="explore-skipped" aria-label="Lines left out">
      <span className="explore-skipped-bar">
        <strong>{bad.total === 0 ? 'No line is left out.' : `${lines(bad.total)} left out.`}</strong>
        <span>Features and training refuse this file unless its source says so too.</span>
        {bad.total > 0 ? (
          <Button kind="quiet" onPress={() => setOpen(!isOpen)}>
            {isOpen ? 'Hide them' : 'Show them'}
          </Button>
        ) : null}
        <Button kind="quiet" onPress={onReadAll}>
          Read all lines again
        </Button>
      </span>
      {isOpen ? <BadRowTable bad={bad} /> : null}
    </section>
  )
}

interface CsvPanelProps {
  readonly path: string
  readonly isActive: boolean
}

/** A CSV as a whole, or, where somebody chose so, without the lines that are no rows: as long as that holds it is said. */
export const CsvPanel = ({ path, isActive }: CsvPanelProps) => {
  const [isSkipping, setSkipping] = useState(false)
  if (!isSkipping)
    return (
      <TablePanel
        key="whole"
        path={path}
        isActive={isActive}
        remedy={<Remedy path={path} onSkip={() => setSkipping(true)} />}
      />
    )
  return (
    <TablePanel
      key="without"
      path={referenceOf({ kind: 'csv', path, options: { bad_rows: 'skip' } })}
      isActive={isActive}
      note={<SkippedNote path={path} onReadAll={() => setSkipping(false)} />}
    />
  )
}
