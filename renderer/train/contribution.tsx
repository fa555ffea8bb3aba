import { TrendingUp } from 'lucide-react'
import type { Contribution } from '../app/contributions'
import { openPanel } from '../app/navigation'
import { RunPanel } from './runPanel'
import { RunsPanel } from './runsPanel'
import { TrainSideBar } from './sideBar'
import { programPaths, startTraining } from './store'
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
      when: () => programPaths().length > 0,
      run: async () => {
        const [path] = programPaths()
        if (path !== undefined) await startTraining(path)
      },
    },
  ],
}
