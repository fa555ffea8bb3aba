import type { FeatureSummary } from '@shared/rpc/features'
import { Command as Palette } from 'cmdk'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { create } from 'zustand'
import { formatKeys, isAvailable, runCommand, useCommands } from './commands'
import { FileIcon } from './fileIcon'
import { bestMatches } from './match'
import { openFile, openPanel } from './navigation'
import { studio } from './studio'
import { useWorkspace } from './workspace'

export const usePalette = create<{ readonly isOpen: boolean; readonly query: string }>(() => ({
  isOpen: false,
  query: '',
}))

/** A query that begins with `>` looks among commands only. */
export const openPalette = (query = ''): void => usePalette.setState({ isOpen: true, query })
const close = (): void => usePalette.setState({ isOpen: false })

interface Found {
  readonly id: string
  readonly text: string
  readonly group: 'Files' | 'Features' | 'Runs' | 'Commands'
  readonly detail?: string
  readonly keys?: string
  readonly icon?: ReactNode
  readonly run: () => void
}

interface Remote {
  readonly features: readonly FeatureSummary[]
  readonly runs: readonly { readonly id: string; readonly model: string; readonly state: string }[]
}

/** Features and runs are read when the palette opens; until then, and where a service fails, they are simply not found. */
const useRemote = (isOpen: boolean): Remote => {
  const [remote, setRemote] = useState<Remote>({ features: [], runs: [] })
  useEffect(() => {
    if (!isOpen) return
    const controller = new AbortController()
    const options = { signal: controller.signal }
    studio.features.list({}, options).then(
      (features) => setRemote((before) => ({ ...before, features })),
      () => {},
    )
    studio.training.runs({}, options).then(
      (runs) => setRemote((before) => ({ ...before, runs })),
      () => {},
    )
    return () => controller.abort()
  }, [isOpen])
  return remote
}

const perGroup = 12

const Results = ({ query }: { readonly query: string }) => {
  const entries = useWorkspace((state) => state.entries)
  const commands = useCommands((state) => state.commands)
  const { features, runs } = useRemote(true)
  const found = useMemo((): readonly Found[] => {
    const asCommands: Found[] = commands.filter(isAvailable).map((command) => ({
      id: `command ${command.id}`,
      text: `${command.category}: ${command.title}`,
      group: 'Commands',
      keys: command.keys,
      run: () => runCommand(command.id),
    }))
    if (query.startsWith('>')) return bestMatches(query.slice(1), asCommands, (one) => one.text, 60)
    const files: Found[] = entries
      .filter((entry) => entry.kind === 'file')
      .map((entry) => ({
        id: `file ${entry.path}`,
        text: entry.name,
        detail: entry.path === entry.name ? undefined : entry.path,
        group: 'Files',
        icon: <FileIcon name={entry.name} />,
        run: () => openFile(entry.path),
      }))
    const asFeatures: Found[] = features.map((feature) => ({
      id: `feature ${feature.namespace}.${feature.name}`,
      text: feature.name,
      detail: feature.definition,
      group: 'Features',
      icon: <FileIcon name="" type="feature" />,
      run: () => openPanel('feature', { id: `${feature.namespace}.${feature.name}` }),
    }))
    const asRuns: Found[] = runs.map((run) => ({
      id: `run ${run.id}`,
      text: run.id,
      detail: `${run.model} · ${run.state}`,
      group: 'Runs',
      icon: <FileIcon name="" type="run" />,
      run: () => openPanel('run', { id: run.id }),
    }))
    const isEmpty = query.trim() === ''
    return [files, asFeatures, asRuns, asCommands].flatMap((group) =>
      bestMatches(
        query,
        group,
        (one) => `${one.text} ${one.group === 'Files' ? (one.detail ?? '') : ''}`,
        isEmpty ? 6 : perGroup,
      ),
    )
  }, [commands, entries, features, runs, query])
  const groups = [...new Set(found.map((one) => one.group))]
  return (
    <Palette.List className="palette-list" label="Results">
      <Palette.Empty className="palette-empty">Nothing fits “{query.replace(/^>/, '')}”.</Palette.Empty>
      {groups.map((group) => (
        <Palette.Group key={group} heading={group} className="palette-group">
          {found
            .filter((one) => one.group === group)
            .map((one) => (
              <Palette.Item
                key={one.id}
                value={one.id}
                className="palette-item"
                onSelect={() => {
                  close()
                  one.run()
                }}
              >
                {one.icon}
                <span className="palette-text">{one.text}</span>
                {one.detail ? <span className="palette-detail">{one.detail}</span> : null}
                {one.keys ? <kbd className="ui-kbd">{formatKeys(one.keys)}</kbd> : null}
              </Palette.Item>
            ))}
        </Palette.Group>
      ))}
    </Palette.List>
  )
}

export const CommandPalette = () => {
  const { isOpen, query } = usePalette()
  return (
    <ModalOverlay
      isOpen={isOpen}
      isDismissable
      className="palette-overlay"
      onOpenChange={(next) => {
        if (!next) close()
      }}
    >
      <Modal className="palette-box">
        <Dialog aria-label="Search files, features, runs, commands" className="palette-dialog">
          <Palette shouldFilter={false} loop label="Search">
            <Palette.Input
              autoFocus
              className="palette-input"
              value={query}
              placeholder="Search files, features, runs, commands (> for commands only)"
              onValueChange={(next) => usePalette.setState({ query: next })}
            />
            <Results query={query} />
          </Palette>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
