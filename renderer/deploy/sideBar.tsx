import { Download, KeyRound, Plus, RefreshCw, Server, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { attempt, notify } from '../app/notices'
import { studio } from '../app/studio'
import { Button, IconButton } from '../ui/button'
import { Chip } from '../ui/chip'
import { EmptyState, Skeleton } from '../ui/states'
import { TextField } from '../ui/textField'
import { PullForm } from './pull'
import { SignInForm, takesPassword } from './signIn'
import { checkRemote, followDeploy, useDeploy } from './store'
import { remoteWords } from './words'

const AddRegistry = ({ onClose }: { readonly onClose: () => void }) => {
  const [fields, setFields] = useState({ name: '', url: '', username: '', password: '' })
  const set = (key: keyof typeof fields) => (value: string) => setFields((before) => ({ ...before, [key]: value }))
  const isWeb = /^https?:/.test(fields.url)
  const submit = (): void =>
    attempt(async () => {
      const { name, url, username, password } = fields
      const remote = await studio.registry.addRemote({
        name,
        url,
        ...(isWeb && username !== '' ? { username, password } : {}),
      })
      if (remote.message !== '') notify({ kind: 'info', title: remote.message })
      onClose()
      await checkRemote(name)
    })
  return (
    <form
      className="deploy-add"
      aria-label="Add a registry"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <TextField label="Name" value={fields.name} onChange={set('name')} placeholder="team" autoFocus />
      <TextField
        label="Address"
        value={fields.url}
        onChange={set('url')}
        placeholder="https://registry.example"
        description="An OCI registry, or an absolute folder."
      />
      {isWeb ? (
        <>
          <TextField label="User name" value={fields.username} onChange={set('username')} placeholder="none" />
          <TextField
            label="Password"
            type="password"
            value={fields.password}
            onChange={set('password')}
            description="Kept in the system’s key store, where there is one."
          />
        </>
      ) : null}
      <div className="deploy-actions">
        <Button type="submit" isDisabled={fields.name === '' || fields.url === ''}>
          Add
        </Button>
        <Button kind="quiet" onPress={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}

export const DeploySideBar = () => {
  const { state, remotes, checking } = useDeploy()
  const [isAdding, setAdding] = useState(false)
  const [open, setOpen] = useState<{ readonly name: string; readonly form: 'pull' | 'sign in' } | null>(null)
  const isOpen = (name: string, form: 'pull' | 'sign in'): boolean => open?.name === name && open.form === form
  const toggle = (name: string, form: 'pull' | 'sign in'): void => setOpen(isOpen(name, form) ? null : { name, form })
  useEffect(followDeploy, [])
  const unchecked = remotes
    .filter((remote) => remote.state === 'unknown')
    .map((remote) => remote.name)
    .join('\n')
  useEffect(() => {
    for (const name of unchecked.split('\n')) if (name !== '') attempt(() => checkRemote(name))
  }, [unchecked])

  return (
    <>
      <div className="side-head">
        <h2 className="side-title">Registries</h2>
        <IconButton label="Add a registry" icon={<Plus size={14} aria-hidden />} onPress={() => setAdding(true)} />
      </div>
      {isAdding ? <AddRegistry onClose={() => setAdding(false)} /> : null}
      {state === 'loading' ? (
        <div className="deploy-wait">
          <Skeleton lines={3} />
        </div>
      ) : remotes.length === 0 && !isAdding ? (
        <EmptyState
          icon={<Server size={20} aria-hidden />}
          title="No registry yet"
          detail="A registry is where bundles go: a folder, a network drive, or an OCI registry."
          action={<Button onPress={() => setAdding(true)}>Add a registry</Button>}
        />
      ) : (
        <ul className="deploy-remotes">
          {remotes.map((remote) => {
            const [word, tone] = checking.has(remote.name)
              ? (['checking…', 'neutral'] as const)
              : remoteWords[remote.state]
            return (
              <li key={remote.name} className="deploy-remote">
                <div className="deploy-remote-row">
                  <b className="deploy-remote-name" title={remote.name}>
                    {remote.name}
                  </b>
                  <span className="deploy-fill" />
                  <IconButton
                    label={`Pull from ${remote.name}`}
                    icon={<Download size={13} aria-hidden />}
                    pressed={isOpen(remote.name, 'pull') ? 'on' : 'off'}
                    onPress={() => toggle(remote.name, 'pull')}
                  />
                  {takesPassword(remote) ? (
                    <IconButton
                      label={remote.hasCredentials ? `Sign in to ${remote.name} anew` : `Sign in to ${remote.name}`}
                      icon={<KeyRound size={13} aria-hidden />}
                      pressed={isOpen(remote.name, 'sign in') ? 'on' : 'off'}
                      onPress={() => toggle(remote.name, 'sign in')}
                    />
                  ) : null}
                  <IconButton
                    label={`Check ${remote.name}`}
                    icon={<RefreshCw size={13} aria-hidden />}
                    isDisabled={checking.has(remote.name)}
                    onPress={() => attempt(() => checkRemote(remote.name))}
                  />
                  <IconButton
                    label={`Forget ${remote.name}`}
                    icon={<Trash2 size={13} aria-hidden />}
                    onPress={() => attempt(() => studio.registry.removeRemote({ name: remote.name }))}
                  />
                </div>
                <div className="deploy-remote-row">
                  <Chip tone={tone}>{word}</Chip>
                  <p className="deploy-remote-url" title={remote.url}>
                    {remote.url.replace(/^(?:file:|https?:)\/\//, '')}
                  </p>
                </div>
                {remote.state === 'offline' || remote.state === 'refused' ? (
                  <p className="deploy-note">{remote.message}</p>
                ) : null}
                {isOpen(remote.name, 'pull') ? <PullForm remote={remote.name} onClose={() => setOpen(null)} /> : null}
                {isOpen(remote.name, 'sign in') ? <SignInForm remote={remote} onClose={() => setOpen(null)} /> : null}
              </li>
            )
          })}
        </ul>
      )}
    </>
  )
}
