import { chooseActivity } from './activities'
import { type ActivityId, activityIds, type Command, type Contribution } from './contributions'
import { dockCommands } from './docking'
import { openPanel, showBottom, toggleBottom, toggleSideBar } from './navigation'
import { askForFolder } from './openFolder'
import { openPalette } from './palette'
import { changeSettings } from './settings'
import { SettingsPanel } from './settingsPanel'
import { ShortcutsPanel } from './shortcutsPanel'
import { themeNames } from './theme'
import { trustWorkspace } from './trust'
import { WelcomePanel } from './welcomePanel'
import { useWorkspace } from './workspace'

const themeTitles = { system: 'Follow the system', light: 'Light', dark: 'Dark', contrast: 'High contrast' } as const

const activityTitles: Record<ActivityId, string> = {
  explore: 'Explore',
  author: 'Author',
  features: 'Features',
  train: 'Train',
  deploy: 'Deploy',
  run: 'Run',
  health: 'Health',
}

const commands: readonly Command[] = [
  {
    id: 'palette.open',
    title: 'Go to a file, feature, run or command',
    category: 'Go',
    keys: 'Mod+P',
    run: () => openPalette(),
  },
  {
    id: 'palette.commands',
    title: 'Show all commands',
    category: 'Go',
    keys: 'Mod+Shift+P',
    run: () => openPalette('>'),
  },
  ...activityIds.map(
    (id, index): Command => ({
      id: `go.${id}`,
      title: activityTitles[id],
      category: 'Go',
      keys: `Alt+${index + 1}`,
      run: () => chooseActivity(id),
    }),
  ),
  { id: 'view.sideBar', title: 'Show or hide the side bar', category: 'View', keys: 'Mod+B', run: toggleSideBar },
  { id: 'view.bottom', title: 'Show or hide the lower panel', category: 'View', keys: 'Mod+J', run: toggleBottom },
  {
    id: 'view.problems',
    title: 'Show problems',
    category: 'View',
    keys: 'Mod+Shift+M',
    run: () => showBottom('problems'),
  },
  { id: 'view.jobs', title: 'Show jobs', category: 'View', run: () => showBottom('jobs') },
  { id: 'view.output', title: 'Show output', category: 'View', run: () => showBottom('output') },
  ...themeNames.map(
    (name): Command => ({
      id: `theme.${name}`,
      title: `Theme: ${themeTitles[name].toLowerCase()}`,
      category: 'View',
      run: () => changeSettings({ theme: name }),
    }),
  ),
  { id: 'app.settings', title: 'Settings', category: 'Studio', keys: 'Mod+,', run: () => openPanel('settings', {}) },
  { id: 'help.shortcuts', title: 'Keyboard shortcuts', category: 'Help', run: () => openPanel('shortcuts', {}) },
  { id: 'help.welcome', title: 'The six stages, step by step', category: 'Help', run: () => openPanel('welcome', {}) },
  { id: 'workspace.open', title: 'Open folder…', category: 'Workspace', keys: 'Mod+O', run: askForFolder },
  {
    id: 'workspace.trust',
    title: 'Trust this workspace',
    category: 'Workspace',
    when: () => useWorkspace.getState().info?.isTrusted === false,
    run: trustWorkspace,
  },
  ...dockCommands,
]

/** What the frame itself brings: its panels and its commands. */
export const shellContribution: Contribution = {
  panels: [
    { type: 'welcome', title: () => 'Welcome', component: WelcomePanel },
    { type: 'settings', title: () => 'Settings', component: SettingsPanel },
    { type: 'shortcuts', title: () => 'Keyboard shortcuts', component: ShortcutsPanel },
  ],
  commands,
}
