import { type StudioErrorData, toStudioError } from '@shared/errors'
import type { Verdict } from '@shared/registry/registry'
import { useEffect, useState } from 'react'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { Chip } from '../ui/chip'
import { formatBytes, formatNumber } from '../ui/format'
import { ErrorState, Skeleton } from '../ui/states'
import { Table } from '../ui/table'
import { verdictWords } from './words'

export type GatesState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: StudioErrorData }
  | { readonly kind: 'ready'; readonly verdicts: readonly Verdict[] }

/** Measures anew when the run changes or `again` is called: latency is of this machine, now. */
export const useGates = (runId: string | null): { readonly state: GatesState; readonly again: () => void } => {
  const [state, setState] = useState<GatesState>({ kind: 'loading' })
  const [round, setRound] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks for another measurement
  useEffect(() => {
    if (runId === null) return
    const controller = new AbortController()
    setState({ kind: 'loading' })
    studio.registry.gates({ runId }, { signal: controller.signal }).then(
      (verdicts) => setState({ kind: 'ready', verdicts }),
      (thrown) => {
        if (!controller.signal.aborted) setState({ kind: 'failed', error: toStudioError(thrown).toData() })
      },
    )
    return () => controller.abort()
  }, [runId, round])
  return { state, again: () => setRound((before) => before + 1) }
}

const measuredText = ({ gate, measured }: Verdict): string => {
  if (measured === null) return '–'
  if (gate.startsWith('size')) return formatBytes(measured)
  return gate.startsWith('latency') ? `${formatNumber(measured)} ms` : formatNumber(measured)
}

/** Exponents as the column beside it writes them; a hyphen would also let the line break inside a number. */
const withMinus = (text: string): string => text.replaceAll(/(\de)-(\d)/g, '$1−$2')

export const GatesSection = ({ state, again }: { readonly state: GatesState; readonly again: () => void }) => (
  <section className="deploy-section" aria-label="Gates">
    <div className="deploy-section-head">
      <h3>Gates</h3>
      <Button kind="quiet" isDisabled={state.kind === 'loading'} onPress={again}>
        Measure again
      </Button>
    </div>
    {state.kind === 'loading' ? (
      <Skeleton lines={4} />
    ) : state.kind === 'failed' ? (
      <ErrorState error={state.error} />
    ) : state.verdicts.length === 0 ? (
      <p className="deploy-note">
        The program names no gates. A line like <code>validate {'{ auc >= 0.65 }'}</code> in the model sets one.
      </p>
    ) : (
      <Table
        label="Gates"
        rows={state.verdicts}
        rowKey={(verdict) => verdict.gate}
        columns={[
          { id: 'gate', header: 'Gate', cell: ({ gate }) => <code className="deploy-whole">{gate}</code> },
          {
            id: 'verdict',
            header: 'Verdict',
            cell: ({ verdict }) => {
              const [word, tone] = verdictWords[verdict]
              return <Chip tone={tone}>{word}</Chip>
            },
          },
          {
            id: 'measured',
            header: 'Measured',
            align: 'end',
            cell: (verdict) => <span className="deploy-whole">{measuredText(verdict)}</span>,
          },
          {
            id: 'evidence',
            header: 'Evidence',
            cell: ({ evidence }) => <span className="deploy-wrap">{withMinus(evidence)}</span>,
          },
        ]}
      />
    )}
  </section>
)
