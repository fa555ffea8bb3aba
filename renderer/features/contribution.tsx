import { Layers } from 'lucide-react'
import type { Contribution } from '../app/contributions'

export const featuresContribution: Contribution = {
  activity: { id: 'features', label: 'Features', icon: Layers, sideBar: () => null },
  panels: [],
  commands: [],
}
