import { toStudioError } from '@shared/errors'
import {
  type DockviewApi,
  DockviewReact,
  type DockviewTheme,
  type IDockviewPanelHeaderProps,
  type IDockviewPanelProps,
} from 'dockview-react'
import { X } from 'lucide-react'
import { Component, type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from '../ui/button'
import { ErrorState } from '../ui/states'
import { iconOfPanel } from './activities'
import type { PanelParameters } from './contributions'
import { attachDock, isUnsaved } from './docking'
import { FileIcon } from './fileIcon'
import { useDocuments } from './navigation'
import { fileName, panelDefinition } from './panels'
import { Watermark } from './watermark'

interface PanelState {
  readonly type: string
  readonly parameters: PanelParameters
}

/** A panel that throws while drawing shows what happened in its own place; the rest of the window goes on. */
class PanelBoundary extends Component<{ readonly children: ReactNode }, { readonly thrown: unknown }> {
  override state: { readonly thrown: unknown } = { thrown: null }

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown }
  }

  override render() {
    if (this.state.thrown === null) return this.props.children
    return (
      <ErrorState
        error={toStudioError(this.state.thrown)}
        action={<Button onPress={() => this.setState({ thrown: null })}>Draw again</Button>}
      />
    )
  }
}

const Panel = ({ api, params }: IDockviewPanelProps<PanelState>) => {
  const [isActive, setActive] = useState(api.isActive && api.isGroupActive)
  useEffect(() => {
    const update = (): void => setActive(api.isActive && api.isGroupActive)
    const stops = [api.onDidActiveChange(update), api.onDidActiveGroupChange(update), api.onDidVisibilityChange(update)]
    update()
    return () => {
      for (const stop of stops) stop.dispose()
    }
  }, [api])
  const definition = panelDefinition(params.type)
  if (!definition)
    return (
      <ErrorState
        error={{ message: `This version cannot show “${params.type}”.`, hint: 'Close the tab.' }}
        action={<Button onPress={() => api.close()}>Close</Button>}
      />
    )
  const Content = definition.component
  return (
    <div className="shell-panel">
      <PanelBoundary>
        <Content parameters={params.parameters} isActive={isActive} />
      </PanelBoundary>
    </div>
  )
}

const Tab = ({ api, params }: IDockviewPanelHeaderProps<PanelState>) => {
  const [title, setTitle] = useState(api.title ?? '')
  useEffect(() => {
    const stop = api.onDidTitleChange((event) => setTitle(event.title))
    return () => stop.dispose()
  }, [api])
  const tab = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // With many tabs, the one that comes to the front may lie outside the strip.
    const show = (): void => tab.current?.scrollIntoView({ inline: 'nearest', block: 'nearest' })
    if (api.isActive) show()
    const stop = api.onDidActiveChange(({ isActive }) => {
      if (isActive) requestAnimationFrame(show)
    })
    // The list of hidden tabs takes a part of the strip once it is there.
    const strip = tab.current?.closest('.dv-tabs-container')
    const resizes = new ResizeObserver(() => {
      if (api.isActive) show()
    })
    if (strip) resizes.observe(strip)
    return () => {
      stop.dispose()
      resizes.disconnect()
    }
  }, [api])
  const path = typeof params.parameters.path === 'string' ? params.parameters.path : null
  const Icon = iconOfPanel(params.type)
  const isMarked = useDocuments(({ unsaved }) => isUnsaved(unsaved, params.parameters))
  return (
    <div
      ref={tab}
      className="shell-tab"
      title={path ?? title}
      onAuxClick={(event) => {
        if (event.button === 1) api.close()
      }}
    >
      {path === null && Icon ? (
        <span className="shell-file-icon" aria-hidden="true">
          <Icon size={14} />
        </span>
      ) : (
        <FileIcon type={params.type} name={path === null ? '' : fileName(path)} />
      )}
      <span className="shell-tab-title">{title}</span>
      {isMarked ? <span className="shell-tab-mark" role="img" aria-label="Unsaved" /> : null}
      {/* A tab may hold nothing that takes focus; the keyboard has “Close panel”. Pressing begins a drag, the cross must not. */}
      <span
        aria-hidden="true"
        className="shell-tab-close"
        title={`Close ${title}`}
        onPointerDown={(event) => event.stopPropagation()}
        onClick={(event) => {
          event.stopPropagation()
          api.close()
        }}
      >
        <X size={13} />
      </span>
    </div>
  )
}

const theme: DockviewTheme = {
  name: 'proml',
  className: 'dockview-theme-proml',
  dndTabIndicator: 'line',
  tabGroupIndicator: 'none',
}

const components = { panel: Panel }

export const DockArea = () => (
  <DockviewReact
    className="shell-dock"
    theme={theme}
    components={components}
    defaultTabComponent={Tab}
    watermarkComponent={Watermark}
    // Hidden panels keep their document, so that a tab comes back where one left it.
    defaultRenderer="always"
    scrollbars="native"
    onReady={({ api }: { readonly api: DockviewApi }) => attachDock(api)}
  />
)
