import { useEffect, useState } from 'react'
import { Splitter } from '../ui/splitter'
import { activityOf } from './activities'
import { Banners } from './banners'
import { BottomPanel } from './bottomPanel'
import { installKeyBindings } from './commands'
import { desktopShell } from './desktop'
import { DockArea } from './dock'
import { setRestoredListener } from './docking'
import { followJobs } from './jobs'
import { followKernels } from './kernels'
import { followMachine } from './machineStatus'
import { followWidth, openPanel, useDocuments, useNavigation } from './navigation'
import { OpenFolderDialog } from './openFolder'
import { CommandPalette } from './palette'
import { Rail } from './rail'
import { registerContributions } from './screens'
import { loadSettings, useSettings } from './settings'
import { StatusBar } from './statusBar'
import { useConnection } from './studio'
import { Toasts } from './toasts'
import { TopBar } from './topBar'
import { followWorkspace, useWorkspace } from './workspace'

registerContributions()

/** On a first start the six stages are laid out; later the window is as it was left. */
const welcomeOnFirstStart = (): void =>
  setRestoredListener((isEmpty) => {
    if (isEmpty && useSettings.getState().isWelcomeShown) openPanel('welcome', {})
  })

const useStart = (): void => {
  useEffect(() => {
    welcomeOnFirstStart()
    loadSettings().catch(() => {})
    const stops = [
      installKeyBindings(),
      followWidth(),
      followWorkspace(),
      followJobs(),
      followKernels(),
      followMachine(),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  const hasUnsaved = useDocuments((state) => state.unsaved.size > 0)
  useEffect(() => desktopShell()?.setDirty(hasUnsaved), [hasUnsaved])
  const name = useWorkspace((state) => state.info?.name)
  useEffect(() => {
    document.title = name ? `${name} – Pro-ML Studio` : 'Pro-ML Studio'
  }, [name])
}

const SideBar = () => {
  const { activity, sideBarWidth } = useNavigation()
  const contribution = activityOf(activity)?.activity
  const Content = contribution?.sideBar
  return (
    <aside className="shell-side" style={{ width: sideBarWidth }} aria-label={contribution?.label}>
      <div className="side-bar">{Content ? <Content /> : null}</div>
      <Splitter
        label="Width of the side bar"
        orientation="vertical"
        pane="before"
        value={sideBarWidth}
        min={160}
        max={560}
        onChange={(width) => useNavigation.setState({ sideBarWidth: width })}
      />
    </aside>
  )
}

/** Until the first connection: what is being waited for, once it takes longer than a moment. */
const FirstConnection = () => {
  const isWaiting = useConnection((state) => state.opened === 0)
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 1500)
    return () => clearTimeout(timer)
  }, [])
  if (!isWaiting || !isLate) return null
  return (
    <p className="banner banner-warn" role="status">
      Waiting for the studio’s services…
    </p>
  )
}

export const Shell = () => {
  useStart()
  const { isSideBarOpen, isBottomOpen, bottomHeight } = useNavigation()
  const name = useWorkspace((state) => state.info?.name)
  return (
    <div className="shell">
      <TopBar />
      <Banners />
      <FirstConnection />
      <div className="shell-middle">
        <Rail />
        {isSideBarOpen ? <SideBar /> : null}
        <main className="shell-main">
          <h1 className="visually-hidden">{name ?? 'Pro-ML Studio'}</h1>
          <div className="shell-dock-box">
            <DockArea />
          </div>
          {isBottomOpen ? (
            <>
              <Splitter
                label="Height of the lower panel"
                orientation="horizontal"
                pane="after"
                value={bottomHeight}
                min={90}
                max={600}
                onChange={(height) => useNavigation.setState({ bottomHeight: height })}
              />
              <div className="shell-bottom" style={{ height: bottomHeight }}>
                <BottomPanel />
              </div>
            </>
          ) : null}
        </main>
      </div>
      <StatusBar />
      <Toasts />
      <CommandPalette />
      <OpenFolderDialog />
    </div>
  )
}
