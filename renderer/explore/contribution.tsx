import { Table2 } from 'lucide-react'
import type { Contribution } from '../app/contributions'
import { ExploreSideBar } from './sideBar'

export const exploreContribution: Contribution = {
  activity: { id: 'explore', label: 'Explore', icon: Table2, sideBar: ExploreSideBar },
  panels: [],
  commands: [],
}
