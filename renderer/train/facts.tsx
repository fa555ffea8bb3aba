import type { Run } from '@shared/training/run'
import { type ReactNode, useEffect, useState } from 'react'
import { openFile } from '../app/navigation'
import { attempt } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { formatBytes, formatCount, formatDuration, formatNumber } from '../ui/format'
import { shortDigest } from './words'

const Facts = ({
  title,
  facts,
}: {
  readonly title: string
  readonly facts: readonly (readonly [string, ReactNode])[]
}) => (
  <section className="train-card" aria-label={title}>
    <header className="train-card-head">
      <h3>{title}</h3>
    </header>
    <dl className="train-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  </section>
)

const digestOf = (digest: string | null): ReactNode =>
  digest === null ? null : <code title={digest}>{shortDigest(digest)}</code>

/** A run that did not come to its end lacks some; what is not there needs no row. */
const known = (facts: readonly (readonly [string, ReactNode])[]) => facts.filter(([, value]) => value !== null)

const settingText = (value: unknown): string => (typeof value === 'number' ? formatNumber(value) : String(value))

export const RunFacts = ({ run }: { readonly run: Run }) => (
  <div className="train-facts-cards">
    {Object.keys(run.params).length > 0 ? (
      <Facts title="Parameters" facts={Object.entries(run.params).map(([name, value]) => [name, settingText(value)])} />
    ) : null}
    <Facts
      title="Data and model"
      facts={known([
        ['training rows', run.rows ? formatCount(run.rows.train) : null],
        ['validation rows', run.rows ? formatCount(run.rows.valid) : null],
        ['test rows', run.rows ? formatCount(run.rows.test) : null],
        ['model inputs', formatCount(run.features)],
        ['model', run.modelBytes === null ? null : formatBytes(run.modelBytes)],
        ['ONNX against the estimators', run.parity === null ? null : `≤ ${formatNumber(run.parity, 3)}`],
        ['seed', String(run.seed)],
        ['program digest', digestOf(run.sourceDigest)],
        ['plan digest', digestOf(run.planDigest)],
        [
          'training set',
          run.dataReused === undefined ? null : run.dataReused ? 'computed before' : 'computed for this run',
        ],
        ['training set digest', digestOf(run.dataDigest)],
        ['model digest', digestOf(run.modelDigest)],
      ])}
    />
    {Object.keys(run.timings).length > 0 ? (
      <Facts title="Timings" facts={Object.entries(run.timings).map(([name, ms]) => [name, formatDuration(ms)])} />
    ) : null}
    {Object.keys(run.environment).length > 0 ? (
      <Facts title="Environment" facts={Object.entries(run.environment)} />
    ) : null}
  </div>
)

/** A text that is read when it is first opened, and again when the run's state changes. */
const LateText = ({
  title,
  read,
  state,
  action,
}: {
  readonly title: string
  readonly read: () => Promise<string>
  readonly state: string
  readonly action?: ReactNode
}) => {
  const [isOpen, setOpen] = useState(false)
  const [text, setText] = useState<string | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `read` is new at every drawing; the state says when it differs
  useEffect(() => {
    if (isOpen) attempt(async () => setText(await read()))
  }, [isOpen, state])
  return (
    <details className="train-text" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {action}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling text must be reachable by keyboard */}
      <pre tabIndex={0}>{text === null ? '…' : text === '' ? 'Nothing was written.' : text}</pre>
    </details>
  )
}

export const RunTexts = ({ run }: { readonly run: Run }) => (
  <section className="train-section" aria-label="Log and program">
    <LateText title="Log" state={run.state} read={async () => (await studio.training.log({ id: run.id })).text} />
    <LateText
      title="Program as it was"
      state={run.state}
      read={async () => (await studio.training.program({ id: run.id })).text}
      action={<Button onPress={() => openFile(run.path)}>Open {run.path} as it is now</Button>}
    />
  </section>
)
