import { TrendingUp } from 'lucide-react'
import type { Contribution } from '../app/contributions'
import { openPanel } from '../app/navigation'
import { notify } from '../app/notices'
import { RunPanel } from './runPanel'
import { RunsPanel } from './runsPanel'
import { TrainSideBar } from './sideBar'
import { readModels, startTraining, useTrain } from './store'
import './train.css'

export const trainContribution: Contribution = {
  activity: {
    id: 'train',
    label: 'Train',
    icon: TrendingUp,
    sideBar: TrainSideBar,
    home: { type: 'runs', parameters: {} },
  },
  panels: [
    { type: 'runs', title: () => 'Runs', component: RunsPanel },
    { type: 'run', title: ({ id }) => String(id ?? 'Run'), component: RunPanel },
  ],
  commands: [
    { id: 'train.runs', title: 'Show all runs', category: 'Train', run: () => openPanel('runs', {}) },
    {
      id: 'train.start',
      title: 'Train the first model of this folder',
      category: 'Train',
      run: async () => {
        await readModels()
        const [first] = useTrain.getState().models
        if (first) await startTraining(first.path, first.model)
        else notify({ kind: 'info', title: 'This folder has no model to train.', hint: 'Write one in a .proml file.' })
      },
    },
  ],
}
