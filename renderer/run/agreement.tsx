import { toStudioError } from '@shared/errors'
import type { Engine } from '@shared/rpc/runtime'
import { largestDifference, rowCount } from '@shared/runtime/tensors'
import { useState } from 'react'
import { Button } from '../ui/button'
import { Chip } from '../ui/chip'
import { formatCount, formatNumber } from '../ui/format'
import { Table } from '../ui/table'
import { agreementTolerance, engineNames, engineOrder, type RunnableModel, runRows } from './engines'
import { useRun } from './store'

type Outcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly maxDifference: number; readonly elapsedMs: number }
  | { readonly kind: 'absent'; readonly reason: string }

const DifferenceCell = ({ outcome }: { readonly outcome: Outcome | undefined }) => {
  if (outcome?.kind !== 'done') return <>–</>
  return <>{formatNumber(outcome.maxDifference, 3)}</>
}

const VerdictCell = ({ outcome }: { readonly outcome: Outcome | undefined }) => {
  if (!outcome) return <>–</>
  switch (outcome.kind) {
    case 'running':
      return <Chip>running…</Chip>
    case 'absent':
      return <span className="run-note">{outcome.reason}</span>
    case 'done':
      return outcome.maxDifference <= agreementTolerance ? (
        <Chip tone="good">agrees, ≤ 1e−5</Chip>
      ) : (
        <Chip tone="bad">differs, above 1e−5</Chip>
      )
  }
}

/** The golden rows through every engine, against what Python said when the model was trained. */
export const Agreement = ({ model }: { readonly model: RunnableModel }) => {
  const obstacles = useRun((state) => state.obstacles)
  const [outcomes, setOutcomes] = useState<Readonly<Partial<Record<Engine, Outcome>>>>({})
  const rows = rowCount(model.golden.inputs)
  const isRunning = Object.values(outcomes).some((outcome) => outcome.kind === 'running')

  const compare = async (): Promise<void> => {
    setOutcomes({})
    // One after the other, so that they do not take each other’s cores.
    for (const engine of engineOrder) {
      const put = (outcome: Outcome): void => setOutcomes((before) => ({ ...before, [engine]: outcome }))
      const obstacle = obstacles[engine]
      if (obstacle) {
        put({ kind: 'absent', reason: obstacle })
        continue
      }
      put({ kind: 'running' })
      try {
        await runRows(model, engine, model.golden.inputs)
        // Once more: the first call compiles.
        const { outputs, elapsedMs } = await runRows(model, engine, model.golden.inputs)
        put({ kind: 'done', maxDifference: largestDifference(model.golden.outputs, outputs), elapsedMs })
      } catch (error) {
        put({ kind: 'absent', reason: toStudioError(error).message })
      }
    }
  }

  return (
    <section className="run-section" aria-label="Engines side by side">
      <div className="run-section-head">
        <h3 className="run-heading">Engines side by side</h3>
        <Button onPress={() => void compare()} isDisabled={rows === 0 || isRunning}>
          Compare engines
        </Button>
      </div>
      <p className="run-note">
        {rows === 0
          ? 'This model has no golden rows to compare with.'
          : `${formatCount(rows)} golden rows through every engine, against Python’s own answers.`}
      </p>
      <Table
        label="Engines side by side"
        rows={engineOrder}
        rowKey={(engine) => engine}
        columns={[
          { id: 'engine', header: 'Engine', cell: (engine) => engineNames[engine] },
          { id: 'rows', header: 'Rows', align: 'end', cell: () => formatCount(rows) },
          {
            id: 'difference',
            header: 'Max difference',
            align: 'end',
            cell: (engine) => <DifferenceCell outcome={outcomes[engine]} />,
          },
          {
            id: 'time',
            header: 'Time',
            align: 'end',
            cell: (engine) => {
              const outcome = outcomes[engine]
              return outcome?.kind === 'done' ? `${formatNumber(outcome.elapsedMs, 2)} ms` : '–'
            },
          },
          { id: 'verdict', header: 'Verdict', cell: (engine) => <VerdictCell outcome={outcomes[engine]} /> },
        ]}
      />
    </section>
  )
}
