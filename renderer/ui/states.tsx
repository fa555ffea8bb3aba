import type { StudioErrorData } from '@shared/errors'
import { CircleAlert } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { Sentence } from './sentence'

interface EmptyStateProps {
  /** What belongs here. */
  readonly title: string
  readonly detail?: string
  readonly icon?: ReactNode
  /** The first step, as a button. */
  readonly action?: ReactNode
}

export const EmptyState = ({ title, detail, icon, action }: EmptyStateProps) => (
  <div className="ui-empty">
    {icon ? <span className="ui-empty-icon">{icon}</span> : null}
    <p className="ui-empty-title">{title}</p>
    {detail ? <p className="ui-empty-detail">{detail}</p> : null}
    {action}
  </div>
)

interface ErrorStateProps {
  readonly error: Pick<StudioErrorData, 'message' | 'hint' | 'place' | 'detail'>
  readonly action?: ReactNode
}

/** What is wrong, where, and what to do: stands where the content would. */
export const ErrorState = ({ error, action }: ErrorStateProps) => {
  const place = [
    error.place?.file,
    error.place?.line ? `line ${error.place.line}` : null,
    error.place?.column ? `column ${error.place.column}` : null,
  ].filter(Boolean)
  return (
    <div className="ui-empty ui-error" role="alert">
      <CircleAlert size={22} aria-hidden className="ui-error-icon" />
      <p className="ui-empty-title">
        <Sentence text={error.message} />
      </p>
      {place.length > 0 ? <p className="ui-error-place">{place.join(' · ')}</p> : null}
      {error.hint ? (
        <p className="ui-empty-detail">
          <Sentence text={error.hint} />
        </p>
      ) : null}
      {error.detail && error.detail !== error.message ? (
        <details className="ui-error-detail">
          <summary>Technical detail</summary>
          <pre>{error.detail}</pre>
        </details>
      ) : null}
      {action}
    </div>
  )
}

interface SkeletonProps {
  readonly width?: number | string
  readonly height?: number | string
  readonly lines?: number
}

/** Shows only after 200 ms, so that quick answers do not flicker. */
export const Skeleton = ({ width = '100%', height = 12, lines = 1 }: SkeletonProps) => {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 200)
    return () => clearTimeout(timer)
  }, [])
  if (!isShown) return null
  return (
    <span className="ui-skeleton-lines" aria-hidden>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <span key={line} className="ui-skeleton" style={{ width, height }} />
      ))}
    </span>
  )
}

interface ProgressBarProps {
  readonly label: string
  /** 0…1; null while unknown. */
  readonly value: number | null
}

export const ProgressBar = ({ label, value }: ProgressBarProps) => (
  <span
    className="ui-progress"
    role="progressbar"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    aria-valuenow={value === null ? undefined : Math.round(value * 100)}
  >
    <span
      className={value === null ? 'ui-progress-bar ui-progress-unknown' : 'ui-progress-bar'}
      style={value === null ? undefined : { width: `${Math.min(1, Math.max(0, value)) * 100}%` }}
    />
  </span>
)
