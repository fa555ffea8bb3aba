import { HeartPulse } from 'lucide-react'
import './health.css'
import type { Contribution } from '../app/contributions'
import { openPanel } from '../app/navigation'
import { HealthPanel } from './healthPanel'
import { HealthSideBar } from './sideBar'
import { useHealth } from './store'

export const healthContribution: Contribution = {
  activity: {
    id: 'health',
    label: 'Health',
    icon: HeartPulse,
    sideBar: HealthSideBar,
    home: { type: 'health', parameters: {} },
  },
  panels: [
    {
      type: 'health',
      title: ({ reference }) => {
        const model = useHealth.getState().models?.find((one) => one.reference === reference)
        return model ? `Health of ${model.model}` : 'Health'
      },
      component: HealthPanel,
    },
  ],
  commands: [
    { id: 'health.open', title: 'Show the health of a model', category: 'Health', run: () => openPanel('health', {}) },
  ],
}
