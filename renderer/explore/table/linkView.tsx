import type { ColumnLink } from '@shared/data/link'
import type { ColumnSchema } from '@shared/data/profile'
import { toStudioError } from '@shared/errors'
import type { Filter } from '@shared/rpc/data'
import { useEffect, useState } from 'react'
import { studio } from '../../app/studio'
import { formatCount } from '../../ui/format'
import { Select } from '../../ui/select'
import { Sentence } from '../../ui/sentence'
import { Skeleton } from '../../ui/states'

interface LinkViewProps {
  readonly path: string
  readonly columns: readonly ColumnSchema[]
  readonly column: string | null
  /** What it is compared with; null until somebody chose. */
  readonly label: string | null
  readonly filters: readonly Filter[]
  readonly onLabel: (label: string) => void
}

/** More than these are not chosen from a list. */
const listedColumns = 500

const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3).replace('-', '−'))

type Asked = { readonly link: ColumnLink } | { readonly failed: string } | null

const useLink = ({ path, column, label, filters }: LinkViewProps): Asked => {
  const [asked, setAsked] = useState<Asked>(null)
  useEffect(() => {
    setAsked(null)
    if (column === null || label === null || column === label) return
    const stop = new AbortController()
    studio.data.link({ path, column, label, filters: [...filters] }, { signal: stop.signal }).then(
      (link) => stop.signal.aborted || setAsked({ link }),
      (thrown: unknown) => stop.signal.aborted || setAsked({ failed: toStudioError(thrown).message }),
    )
    return () => stop.abort()
  }, [path, column, label, filters])
  return asked
}

const Figures = ({ link }: { readonly link: ColumnLink }) => {
  if (link.kind === 'none')
    return (
      <p className="explore-note">
        <Sentence text={link.reason} />
      </p>
    )
  const facts =
    link.kind === 'numbers'
      ? [
          ['Pearson', figure(link.pearson)],
          ['Spearman', figure(link.spearman)],
        ]
      : [
          ['Cramér’s V', figure(link.cramersV)],
          ['mutual information', `${figure(link.mutualInformation)} nats`],
        ]
  return (
    <>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="explore-fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {link.isExact ? null : <p className="explore-note">Estimated on a sample of {formatCount(link.rows)} rows.</p>}
    </>
  )
}

/** How the selected column goes with another one, such as the label of a model. */
export const LinkView = (props: LinkViewProps) => {
  const { columns, column, label, onLabel } = props
  const asked = useLink(props)
  if (columns.length < 2 || columns.length > listedColumns) return null
  return (
    <section className="explore-link-view" aria-label="Comparison with another column">
      <Select
        label="Goes with"
        options={columns.map(({ name, nativeType }) => ({ id: name, label: name, detail: nativeType.toLowerCase() }))}
        value={label}
        onChange={onLabel}
        placeholder="Choose a label…"
      />
      {label === null || column === null ? null : column === label ? (
        <p className="explore-note">Select another column to compare it with {label}.</p>
      ) : asked === null ? (
        <Skeleton lines={2} />
      ) : 'failed' in asked ? (
        <p className="explore-failed">{asked.failed}</p>
      ) : (
        <Figures link={asked.link} />
      )}
    </section>
  )
}
