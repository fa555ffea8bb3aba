import { toStudioError } from '@shared/errors'
import { useState } from 'react'
import { notify } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { TextField } from '../ui/textField'

const empty = { name: '', value: '' }

/** What `secret("name")` of a source stands for. A value that was set is never shown again. */
export const SecretPanel = () => {
  const [fields, setFields] = useState(empty)
  const [error, setError] = useState<string | null>(null)
  const save = (): void => {
    const name = fields.name.trim()
    studio.data.setSecret({ name, value: fields.value }).then(
      ({ isDurable }) => {
        setFields(empty)
        const removed = fields.value === ''
        notify({
          kind: 'info',
          title: removed ? `Removed the secret ${name}.` : `Kept the secret ${name}.`,
          detail: isDurable ? undefined : 'For this session only: this machine has no key store.',
        })
      },
      (thrown: unknown) => {
        const { message, hint } = toStudioError(thrown)
        setError([message, hint].filter(Boolean).join(' '))
      },
    )
  }
  const change = (key: keyof typeof empty) => (value: string) => {
    setFields((before) => ({ ...before, [key]: value }))
    setError(null)
  }
  return (
    <div className="page">
      <h1 className="page-title">Secrets of sources</h1>
      <p className="page-note">
        A program says <code>{'secret("shop")'}</code>; what that stands for is kept in the key store of this machine,
        never in a file.
      </p>
      <TextField label="Name" value={fields.name} placeholder="shop" error={error} onChange={change('name')} />
      <TextField
        label="Value"
        type="password"
        value={fields.value}
        description="An address with its password, or the keys of a store. Empty removes it."
        onChange={change('value')}
        onEnter={save}
      />
      <div>
        <Button kind="primary" isDisabled={fields.name.trim() === ''} onPress={save}>
          Keep
        </Button>
      </div>
    </div>
  )
}
