import type { ColumnProfile } from '@shared/data/profile'
import { tableFromIPC } from 'apache-arrow'
import { X } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { IconButton } from '../ui/button'
import { Histogram } from '../ui/charts/histogram'
import { formatCount, formatNumber, formatPercent, formatTime } from '../ui/format'
import { ErrorState, Skeleton } from '../ui/states'
import type { OpenDocument } from './documents'
import { LeakLine } from './leakLine'
import { loadValues, sampledObservations, useValues, valuesKey } from './values'
import { setPreviewOpen } from './views'

interface PreviewProps {
  readonly document: OpenDocument
  readonly model: string
}

/** The first rows of the training set, each column under its profile. */
export const Preview = ({ document, model }: PreviewProps) => {
  const { path, digest, isDirty } = document
  const values = useValues(({ byKey }) => byKey.get(valuesKey(path, model, digest)))
  useEffect(() => {
    if (!values) loadValues(path, model, digest).catch(() => {})
  }, [values, path, model, digest])
  return (
    <section className="author-preview" aria-label={`Training set of ${model}`}>
      <header>
        <h3>Training set of {model}</h3>
        <span className="author-muted">
          {values?.state === 'ready'
            ? `first rows · profiles on a sample of up to ${formatCount(sampledObservations)} observations`
            : null}
          {isDirty ? ' · of the saved text' : ''}
        </span>
        <IconButton label="Close the preview" icon={<X size={14} />} onPress={() => setPreviewOpen(path, false)} />
      </header>
      {!values || values.state === 'loading' ? (
        <div className="author-preview-wait" aria-busy="true">
          <Skeleton lines={5} height={16} />
        </div>
      ) : values.state === 'failed' ? (
        <ErrorState error={values.error} />
      ) : (
        <>
          <LeakLine path={path} model={model} digest={digest} />
          <Rows arrow={values.arrow} profiles={values.profiles} />
        </>
      )}
    </section>
  )
}

interface RowsProps {
  readonly arrow: Uint8Array
  readonly profiles: ReadonlyMap<string, ColumnProfile>
}

const Rows = ({ arrow, profiles }: RowsProps) => {
  const table = useMemo(() => tableFromIPC(arrow), [arrow])
  const columns = table.schema.fields.map((field) => field.name)
  const rows = useMemo(() => table.toArray(), [table])
  return (
    <div className="author-preview-table">
      <table>
        <thead>
          <tr>
            {columns.map((name) => {
              const profile = profiles.get(name)
              return (
                <th key={name} scope="col">
                  <span className="author-preview-name">{name}</span>
                  {profile?.histogram ? (
                    <Histogram histogram={profile.histogram} height={22} label={`Distribution of ${name}`} />
                  ) : null}
                  {profile ? (
                    <span className="author-muted">
                      {profile.type} · nulls {formatPercent(profile.rows === 0 ? 0 : profile.nulls / profile.rows)}
                    </span>
                  ) : null}
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a preview are their places
            <tr key={index}>
              {columns.map((name) => (
                <Cell key={name} value={row[name]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Cell = ({ value }: { readonly value: unknown }) => {
  if (value === null || value === undefined)
    return (
      <td className="author-null">
        <i>NULL</i>
      </td>
    )
  if (typeof value === 'number') return <td className="author-number">{formatNumber(value, 6)}</td>
  if (typeof value === 'bigint') return <td className="author-number">{value.toLocaleString('en-US')}</td>
  if (value instanceof Date) return <td>{formatTime(value.getTime())}</td>
  return <td>{String(value)}</td>
}
