import { Play } from 'lucide-react'
import './run.css'
import type { Contribution } from '../app/contributions'
import { openPanel } from '../app/navigation'
import { PredictPanel } from './predictPanel'
import { RunSideBar } from './sideBar'
import { useRun } from './store'

export const runContribution: Contribution = {
  activity: {
    id: 'run',
    label: 'Run',
    icon: Play,
    sideBar: RunSideBar,
    home: { type: 'predict', parameters: {} },
  },
  panels: [
    {
      type: 'predict',
      title: ({ reference }) => {
        const model = useRun.getState().models?.find((one) => one.reference === reference)
        return model ? `Run ${model.name}` : 'Run a model'
      },
      component: PredictPanel,
    },
  ],
  commands: [{ id: 'run.open', title: 'Run a model', category: 'Run', run: () => openPanel('predict', {}) }],
}
