import { Layers } from 'lucide-react'
import type { Contribution } from '../app/contributions'
import { openPanel } from '../app/navigation'
import { FeaturePanel } from './featurePanel'
import './features.css'
import { FeatureSearchPanel } from './searchPanel'
import { FeaturesSideBar } from './sideBar'

export const featuresContribution: Contribution = {
  activity: {
    id: 'features',
    label: 'Features',
    icon: Layers,
    sideBar: FeaturesSideBar,
    home: { type: 'features', parameters: {} },
  },
  panels: [
    { type: 'features', title: () => 'Features', component: FeatureSearchPanel },
    { type: 'feature', title: ({ id }) => String(id).split('.').at(-1) ?? 'Feature', component: FeaturePanel },
  ],
  commands: [
    {
      id: 'features.search',
      title: 'Search features',
      category: 'Features',
      keys: 'Mod+Shift+F',
      run: () => openPanel('features', {}),
    },
  ],
}
