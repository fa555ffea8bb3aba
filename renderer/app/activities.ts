import type { ActivityId, Contribution } from './contributions'
import { activatePanelOf } from './docking'
import { openPanel, showActivity } from './navigation'

const byId = new Map<ActivityId, Contribution>()

export const registerActivity = (contribution: Contribution): void => {
  if (contribution.activity) byId.set(contribution.activity.id, contribution)
}

export const activityOf = (id: ActivityId): Contribution | undefined => byId.get(id)

/** The icon of the activity that a panel belongs to. */
export const iconOfPanel = (type: string): NonNullable<Contribution['activity']>['icon'] | undefined =>
  [...byId.values()].find((contribution) => contribution.panels.some((panel) => panel.type === type))?.activity?.icon

/** Show an activity’s side bar and bring its panel to the front; open its home where none of its panels is open. */
export const chooseActivity = (id: ActivityId): void => {
  const contribution = activityOf(id)
  showActivity(id)
  const home = contribution?.activity?.home
  if (!home) return
  if (!activatePanelOf(contribution.panels.map((panel) => panel.type))) openPanel(home.type, home.parameters)
}
