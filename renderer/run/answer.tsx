import type { StudioError } from '@shared/errors'
import type { Cell } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'
import { formatNumber } from '../ui/format'
import { ErrorState, Skeleton } from '../ui/states'
import { type Answer, engineNames } from './engines'

const shown = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? 'NULL' : typeof cell === 'number' ? formatNumber(cell, 5) : String(cell)

const isShare = (cell: Cell | undefined): cell is number => typeof cell === 'number' && cell >= 0 && cell <= 1

interface AnswerViewProps {
  readonly signature: Signature
  readonly answer: Answer | null
  readonly error: StudioError | null
  /** The form holds a value that cannot be sent; the last answer is of other values. */
  readonly isStale: boolean
}

export const AnswerView = ({ signature, answer, error, isStale }: AnswerViewProps) => {
  if (error) return <ErrorState error={error} />
  if (!answer) return <Skeleton height={40} />
  const [first, ...others] = signature.outputs
  const value = answer.outputs[first?.name ?? '']?.[0]
  return (
    <div className="run-answer" data-stale={isStale || undefined} aria-live="polite">
      <span className="run-answer-name">{first?.name}</span>
      <output className="run-answer-value" data-testid="run-answer">
        {shown(value)}
      </output>
      {isShare(value) ? (
        <span className="run-answer-track" aria-hidden>
          <span className="run-answer-bar" style={{ width: `${value * 100}%` }} />
        </span>
      ) : null}
      {others.map((output) => (
        <span key={output.name} className="run-answer-other">
          {output.name} {shown(answer.outputs[output.name]?.[0])}
        </span>
      ))}
      <span className="run-answer-how">
        {engineNames[answer.engine]} · {formatNumber(answer.elapsedMs, 2)} ms
        {isStale ? ' · for the values before the mistake' : ''}
      </span>
    </div>
  )
}
