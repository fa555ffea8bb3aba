import { Check } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '../ui/button'
import { chooseActivity } from './activities'
import { keysOf } from './commands'
import type { ActivityId } from './contributions'
import { openFile, useNavigation } from './navigation'
import { studio } from './studio'
import { useWorkspace } from './workspace'

interface Stage {
  readonly id: string
  readonly title: string
  readonly detail: string
  /** The first file with this ending, or an activity, is where the step begins. */
  readonly opens: { readonly ending: RegExp } | { readonly activity: ActivityId }
  readonly action: string
  /** Whether the workspace shows that it was done. */
  readonly isDone: () => Promise<boolean>
}

const wasVisited = (id: string) => async (): Promise<boolean> =>
  localStorage.getItem(`proml.stage.${useWorkspace.getState().info?.root}.${id}`) === 'done'

const stages: readonly Stage[] = [
  {
    id: 'data',
    title: 'Open the data',
    detail: 'A grid of every row, each column with its type, nulls, histogram and top values.',
    opens: { ending: /\.parquet$/ },
    action: 'Open the data',
    isDone: wasVisited('data'),
  },
  {
    id: 'notebook',
    title: 'Run the notebook',
    detail: 'A real Jupyter kernel in the managed Python environment.',
    opens: { ending: /\.ipynb$/ },
    action: 'Open the notebook',
    isDone: async () => (await studio.kernels.list({})).length > 0 || (await wasVisited('notebook')()),
  },
  {
    id: 'author',
    title: 'Author',
    detail: 'One file as text and as a graph, always in step.',
    opens: { ending: /\.proml$/ },
    action: 'Open the model',
    isDone: wasVisited('author'),
  },
  {
    id: 'train',
    title: 'Train',
    detail: 'Point-in-time features, a fit with live metrics, a run to keep and compare.',
    opens: { activity: 'train' },
    action: 'Go to Train',
    isDone: async () => (await studio.training.runs({})).some((run) => run.state === 'succeeded'),
  },
  {
    id: 'push',
    title: 'Push',
    detail: 'Gates are checked; the bundle goes to a registry, now or when it answers again.',
    opens: { activity: 'deploy' },
    action: 'Go to Deploy',
    isDone: async () => (await studio.registry.outbox({})).some((transfer) => transfer.state === 'done'),
  },
  {
    id: 'health',
    title: 'Health',
    detail: 'Logged predictions against the training baseline: what is wrong, since when.',
    opens: { activity: 'health' },
    action: 'Go to Health',
    isDone: async () => (await studio.health.models({})).length > 0,
  },
]

const begin = (stage: Stage): void => {
  const { info, entries } = useWorkspace.getState()
  localStorage.setItem(`proml.stage.${info?.root}.${stage.id}`, 'done')
  const { opens } = stage
  if ('activity' in opens) {
    chooseActivity(opens.activity)
    return
  }
  const file = entries.find((entry) => entry.kind === 'file' && opens.ending.test(entry.name))
  if (file) openFile(file.path)
  else chooseActivity('explore')
}

const useDone = (): ReadonlySet<string> => {
  const [done, setDone] = useState<ReadonlySet<string>>(new Set())
  // Coming back to this page is the moment to look again.
  const isHere = useNavigation((state) => state.activePanel?.type === 'welcome')
  useEffect(() => {
    if (!isHere) return
    for (const stage of stages)
      stage.isDone().then(
        (isDone) => {
          if (isDone) setDone((before) => new Set(before).add(stage.id))
        },
        () => {},
      )
  }, [isHere])
  return done
}

export const WelcomePanel = () => {
  const done = useDone()
  const name = useWorkspace((state) => state.info?.name)
  const next = stages.find((stage) => !done.has(stage.id))
  return (
    <div className="page">
      <h1 className="page-title">From data to a model that is looked after</h1>
      <p className="page-note">
        Six stages on {name ?? 'this workspace'}, in the order that they usually come. Everything runs on this machine.
      </p>
      <ol className="stages">
        {stages.map((stage, index) => (
          <li key={stage.id} className="stage" data-done={done.has(stage.id) || undefined}>
            <span className="stage-number" aria-hidden="true">
              {done.has(stage.id) ? <Check size={14} /> : index + 1}
            </span>
            <div className="stage-text">
              <h2>
                {stage.title}
                {done.has(stage.id) ? <span className="visually-hidden"> (done)</span> : null}
              </h2>
              <p>{stage.detail}</p>
            </div>
            <Button kind={stage === next ? 'primary' : 'plain'} onPress={() => begin(stage)}>
              {stage.action}
            </Button>
          </li>
        ))}
      </ol>
      <p className="page-note">
        <kbd className="ui-kbd">{keysOf('palette.open')}</kbd> finds files, features and runs;{' '}
        <kbd className="ui-kbd">{keysOf('palette.commands')}</kbd> finds every command.
      </p>
    </div>
  )
}
