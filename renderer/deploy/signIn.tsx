import type { Remote } from '@shared/registry/registry'
import { useState } from 'react'
import { attempt, notify } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { TextField } from '../ui/textField'
import { checkRemote } from './store'

/** A registry that can ask for a password at all. */
export const takesPassword = ({ url }: Remote): boolean => /^https?:/.test(url)

/** User name and password for a registry that is known already; it is asked at once whether it takes them. */
export const SignInForm = ({ remote, onClose }: { readonly remote: Remote; readonly onClose: () => void }) => {
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [isAsking, setAsking] = useState(false)
  const submit = (): void => {
    setAsking(true)
    attempt(async () => {
      try {
        // The same place again only changes its credentials.
        const { message } = await studio.registry.addRemote({ name: remote.name, url: remote.url, username, password })
        const { state } = await checkRemote(remote.name)
        // The form stays for another try; the registry's words stand above it.
        if (state === 'refused') return
        if (message !== '') notify({ kind: 'info', title: message })
        onClose()
      } finally {
        setAsking(false)
      }
    })
  }
  return (
    <form
      className="deploy-pull"
      aria-label={`Sign in to ${remote.name}`}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <TextField label="User name" value={username} onChange={setUsername} autoFocus />
      <TextField
        label="Password"
        type="password"
        value={password}
        onChange={setPassword}
        description="Kept in the system’s key store, where there is one."
      />
      <div className="deploy-actions">
        <Button type="submit" isDisabled={username === '' || isAsking}>
          Sign in
        </Button>
        <Button kind="quiet" onPress={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
