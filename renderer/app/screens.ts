import { authorContribution } from '../author/contribution'
import { deployContribution } from '../deploy/contribution'
import { exploreContribution } from '../explore/contribution'
import { featuresContribution } from '../features/contribution'
import { healthContribution } from '../health/contribution'
import { notebookContribution } from '../notebook/contribution'
import { runContribution } from '../run/contribution'
import { trainContribution } from '../train/contribution'
import { registerActivity } from './activities'
import { registerCommands } from './commands'
import { shellContribution } from './contribution'
import type { Contribution } from './contributions'
import { registerPanels } from './panels'

/** Every capability of the window, one line each. */
export const contributions: readonly Contribution[] = [
  shellContribution,
  exploreContribution,
  authorContribution,
  featuresContribution,
  deployContribution,
  notebookContribution,
  runContribution,
  healthContribution,
  trainContribution,
  // one line each
]

/** Once, before the window is drawn. */
export const registerContributions = (): void => {
  for (const contribution of contributions) {
    registerActivity(contribution)
    registerPanels(contribution.panels)
    registerCommands(contribution.commands)
  }
}
