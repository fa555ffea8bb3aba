import { Upload } from 'lucide-react'
import { chooseActivity } from '../app/activities'
import type { Contribution } from '../app/contributions'
import { attempt } from '../app/notices'
import './deploy.css'
import { DeployPanel } from './panel'
import { DeploySideBar } from './sideBar'
import { checkRemote, refreshDeploy, useDeploy } from './store'

export const deployContribution: Contribution = {
  activity: {
    id: 'deploy',
    label: 'Deploy',
    icon: Upload,
    sideBar: DeploySideBar,
    home: { type: 'deploy', parameters: {} },
  },
  panels: [{ type: 'deploy', title: () => 'Deploy', component: DeployPanel }],
  commands: [
    { id: 'deploy.show', title: 'Show Deploy', category: 'Deploy', run: () => chooseActivity('deploy') },
    {
      id: 'deploy.checkRegistries',
      title: 'Check all registries',
      category: 'Deploy',
      run: async () => {
        await refreshDeploy()
        for (const { name } of useDeploy.getState().remotes) attempt(() => checkRemote(name))
      },
    },
  ],
}
