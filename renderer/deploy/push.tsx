import { repositoryOf } from '@shared/registry/manifest'
import type { Bundle, Remote } from '@shared/registry/registry'
import { useEffect, useState } from 'react'
import { attempt } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { Select } from '../ui/select'
import { TextField } from '../ui/textField'
import { nextTag } from './words'

interface PushFormProps {
  readonly bundle: Bundle
  readonly remotes: readonly Remote[]
  /** Tags that this model has here already. */
  readonly tags: readonly string[]
}

export const PushForm = ({ bundle, remotes, tags }: PushFormProps) => {
  const [remote, setRemote] = useState<string | null>(null)
  const [repository, setRepository] = useState(repositoryOf(bundle.name))
  const [tag, setTag] = useState('')
  const proposed = bundle.tags.at(-1) ?? nextTag(tags)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a proposal for each bundle, not after each keystroke
  useEffect(() => {
    setRepository(repositoryOf(bundle.name))
    setTag(proposed)
  }, [bundle.digest])
  const chosen = remotes.find((one) => one.name === remote) ?? remotes[0]
  const submit = (): void => {
    if (chosen !== undefined)
      attempt(() => studio.registry.push({ digest: bundle.digest, remote: chosen.name, repository, tag }))
  }
  return (
    <form
      className="deploy-form"
      aria-label="Push"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Select
        label="To registry"
        options={remotes.map(({ name, state }) => ({
          id: name,
          label: name,
          detail: state === 'unknown' ? '' : state,
        }))}
        value={chosen?.name ?? null}
        onChange={setRemote}
        placeholder="Add one first"
        isDisabled={remotes.length === 0}
      />
      <TextField label="As repository" value={repository} onChange={setRepository} />
      <TextField label="Tag" value={tag} onChange={setTag} className="deploy-tag-field" />
      <Button
        kind="primary"
        type="submit"
        isDisabled={chosen === undefined || repository === '' || tag === ''}
        tooltip={
          chosen?.state === 'offline' ? 'It is offline now; the bundle is sent when it answers again.' : undefined
        }
      >
        Push
      </Button>
    </form>
  )
}
