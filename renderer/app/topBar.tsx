import { ChevronDown, FolderOpen, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { Menu } from '../ui/menu'
import { keysOf } from './commands'
import { EnvironmentChip } from './environmentChip'
import { attempt } from './notices'
import { askForFolder } from './openFolder'
import { openPalette } from './palette'
import { RegistryChip } from './registryChip'
import { studio } from './studio'
import { useWorkspace } from './workspace'

const homeShort = (root: string): string => root.replace(/^\/(?:home|Users)\/[^/]+/, '~')

const WorkspaceButton = () => {
  const info = useWorkspace((state) => state.info)
  const [recent, setRecent] = useState<readonly { readonly root: string; readonly name: string }[]>([])
  const root = info?.root
  useEffect(() => {
    if (root !== undefined) studio.workspace.recent({}).then(setRecent, () => {})
  }, [root])
  if (!info) return <span className="top-name">Pro-ML Studio</span>
  return (
    <>
      <Menu
        label="Workspace"
        entries={[
          { id: 'open', label: 'Open folder…', icon: <FolderOpen size={14} aria-hidden />, run: askForFolder },
          ...(recent.length > 1 ? [null] : []),
          ...recent
            .filter((one) => one.root !== info.root)
            .map((one) => ({
              id: one.root,
              label: `${one.name}  ${homeShort(one.root)}`,
              run: () => attempt(() => studio.workspace.open({ root: one.root })),
            })),
        ]}
      >
        <AriaButton className="top-workspace" aria-label={`Workspace ${info.name}`}>
          <b>{info.name}</b>
          <ChevronDown size={13} aria-hidden />
        </AriaButton>
      </Menu>
      <span className="top-path" title={info.root}>
        {homeShort(info.root)}
        {info.branch ? ` · ${info.branch}` : ''}
      </span>
    </>
  )
}

export const TopBar = () => (
  <header className="top-bar">
    <div className="top-side">
      <WorkspaceButton />
    </div>
    <button type="button" className="top-search" onClick={() => openPalette()}>
      <Search size={14} aria-hidden />
      <span className="top-search-text">Search files, features, runs, commands</span>
      <kbd className="ui-kbd">{keysOf('palette.open')}</kbd>
    </button>
    <div className="top-side top-end">
      <EnvironmentChip />
      <RegistryChip />
    </div>
  </header>
)
