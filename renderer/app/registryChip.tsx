import type { Remote, Transfer } from '@shared/registry/registry'
import { useEffect, useState } from 'react'
import { Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components'
import { Button } from '../ui/button'
import { Chip, type Tone } from '../ui/chip'
import { showActivity } from './navigation'
import { onEvent, studio, useConnection } from './studio'

interface RegistryState {
  readonly remotes: readonly Remote[]
  readonly transfers: readonly Transfer[]
}

const useRegistry = (): RegistryState => {
  const [state, setState] = useState<RegistryState>({ remotes: [], transfers: [] })
  const opened = useConnection((connection) => connection.opened)
  // biome-ignore lint/correctness/useExhaustiveDependencies: read anew after every reconnect
  useEffect(() => {
    const read = (): void => {
      Promise.all([studio.registry.remotes({}), studio.registry.outbox({})]).then(
        ([remotes, transfers]) => setState({ remotes, transfers }),
        () => {},
      )
    }
    read()
    const stops = [onEvent('registry', 'changed', read), onEvent('registry', 'transfer', read)]
    return () => {
      for (const stop of stops) stop()
    }
  }, [opened])
  return state
}

const isOpenTransfer = (transfer: Transfer): boolean => transfer.state !== 'done' && transfer.state !== 'cancelled'

const wordOf = ({ remotes, transfers }: RegistryState): readonly [string, Tone] => {
  const remote = remotes[0]
  if (!remote) return ['No registry', 'neutral']
  const open = transfers.filter(isOpenTransfer)
  const name = remotes.length === 1 ? remote.name : `${remotes.length} registries`
  if (open.some((transfer) => transfer.state === 'blocked')) return [`${name} · blocked`, 'bad']
  if (remotes.some((one) => one.state === 'refused')) return [`${name} · refused`, 'bad']
  if (open.length > 0) return [`${name} · ${open.length} queued`, 'accent']
  if (remotes.every((one) => one.state === 'offline')) return [`${name} · offline`, 'warn']
  return remotes.some((one) => one.state === 'online') ? [`${name} · online`, 'good'] : [name, 'neutral']
}

const remoteWords: Record<Remote['state'], readonly [string, Tone]> = {
  unknown: ['not checked', 'neutral'],
  online: ['online', 'good'],
  offline: ['offline', 'warn'],
  refused: ['refused', 'bad'],
}

const RemoteChip = ({ state }: { readonly state: Remote['state'] }) => {
  const [word, tone] = remoteWords[state]
  return <Chip tone={tone}>{word}</Chip>
}

/** Says whether models can leave this machine, and what waits to. */
export const RegistryChip = () => {
  const state = useRegistry()
  const [word, tone] = wordOf(state)
  const open = state.transfers.filter(isOpenTransfer)
  return (
    <DialogTrigger>
      <Chip tone={tone} onPress={() => {}}>
        {word}
      </Chip>
      <Popover className="ui-popover" placement="bottom end" offset={6}>
        <Dialog className="top-popover">
          {({ close }) => (
            <>
              <Heading slot="title">Registries</Heading>
              {state.remotes.length === 0 ? (
                <p>This workspace knows no registry yet. Models stay in its own store until it does.</p>
              ) : (
                <ul className="top-list">
                  {state.remotes.map((remote) => (
                    <li key={remote.name}>
                      <b>{remote.name}</b> <RemoteChip state={remote.state} />
                      <p className="top-note">{remote.message || remote.url}</p>
                    </li>
                  ))}
                </ul>
              )}
              {open.length > 0 ? (
                <ul className="top-list" aria-label="Transfers">
                  {open.map((transfer) => (
                    <li key={transfer.id}>
                      {transfer.repository}:{transfer.tag} <Chip tone="accent">{transfer.state}</Chip>
                      {transfer.reason ? <p className="top-note">{transfer.reason}</p> : null}
                    </li>
                  ))}
                </ul>
              ) : null}
              <div className="dialog-actions">
                <Button
                  onPress={() => {
                    close()
                    showActivity('deploy')
                  }}
                >
                  Open Deploy
                </Button>
              </div>
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
