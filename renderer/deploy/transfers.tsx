import type { Transfer } from '@shared/registry/registry'
import { useEffect, useState } from 'react'
import { attempt } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { Chip } from '../ui/chip'
import { formatAgo } from '../ui/format'
import { Sentence } from '../ui/sentence'
import { EmptyState, ProgressBar } from '../ui/states'
import { isUnfinished } from './store'
import { transferBytesText, transferProgress, transferTones, transferWord } from './words'

const TransferRow = ({ transfer, now }: { readonly transfer: Transfer; readonly now: number }) => {
  const name = `${transfer.repository}:${transfer.tag}`
  const canRetry = transfer.state === 'waiting' || transfer.state === 'blocked'
  return (
    <li className="deploy-transfer">
      <div className="deploy-transfer-row">
        <b>{name}</b>
        <span className="deploy-note">to {transfer.remote}</span>
        <Chip tone={transferTones[transfer.state]}>{transferWord(transfer, now)}</Chip>
        <span className="deploy-fill" />
        <span className="deploy-note">{transferBytesText(transfer)}</span>
        <span className="deploy-note">{formatAgo(transfer.updatedAt, now)}</span>
        {canRetry ? (
          <Button kind="quiet" onPress={() => attempt(() => studio.registry.retry({ id: transfer.id }))}>
            Retry now
          </Button>
        ) : null}
        {isUnfinished(transfer) ? (
          <Button kind="quiet" onPress={() => attempt(() => studio.registry.cancel({ id: transfer.id }))}>
            Cancel
          </Button>
        ) : null}
      </div>
      {isUnfinished(transfer) ? <ProgressBar label={`Progress of ${name}`} value={transferProgress(transfer)} /> : null}
      {transfer.reason !== null ? (
        <p className="deploy-reason">
          <Sentence text={transfer.reason} />{' '}
          {transfer.hint !== null ? (
            <span className="deploy-note">
              <Sentence text={transfer.hint} />
            </span>
          ) : null}
        </p>
      ) : null}
    </li>
  )
}

/** Counts down while something waits. */
const useNow = (isTicking: boolean): number => {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    setNow(Date.now())
    if (!isTicking) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isTicking])
  return now
}

export const TransfersSection = ({ transfers }: { readonly transfers: readonly Transfer[] }) => {
  const now = useNow(transfers.some(isUnfinished))
  return (
    <section className="deploy-section" aria-label="Transfers">
      <div className="deploy-section-head">
        <h3>Transfers</h3>
      </div>
      {transfers.length === 0 ? (
        <EmptyState
          title="Nothing was pushed yet"
          detail="What is pushed stands here until it has arrived, also across restarts and while offline."
        />
      ) : (
        <ul className="deploy-transfers" aria-live="polite">
          {transfers.map((transfer) => (
            <TransferRow key={transfer.id} transfer={transfer} now={Math.max(now, transfer.updatedAt)} />
          ))}
        </ul>
      )}
    </section>
  )
}
