import { isRepositoryName, repositoryOf } from '@shared/registry/manifest'
import { useState } from 'react'
import { showBottom } from '../app/navigation'
import { attempt } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { Select } from '../ui/select'
import { TextField } from '../ui/textField'
import { useDeploy } from './store'

/** A bundle of a registry into the local store: repository, then one of its tags. */
export const PullForm = ({ remote, onClose }: { readonly remote: string; readonly onClose: () => void }) => {
  const known = useDeploy((state) => state.transfers[0]?.repository ?? state.bundles[0]?.name ?? '')
  const [repository, setRepository] = useState(
    known === '' ? '' : isRepositoryName(known) ? known : repositoryOf(known),
  )
  const [found, setFound] = useState<{ readonly repository: string; readonly tags: readonly string[] } | null>(null)
  const [tag, setTag] = useState<string | null>(null)
  const tags = found?.repository === repository ? found.tags : null
  const look = (): void =>
    attempt(async () => {
      const all = await studio.registry.tags({ remote, repository })
      setFound({ repository, tags: all })
      setTag(all.at(-1) ?? null)
    })
  const pull = (reference: string): void =>
    attempt(async () => {
      await studio.registry.pull({ remote, repository, reference })
      // Where its progress and its end are seen.
      showBottom('jobs')
      onClose()
    })
  return (
    <form
      className="deploy-pull"
      aria-label={`Pull from ${remote}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (tags === null) look()
        else if (tag !== null) pull(tag)
      }}
    >
      <TextField label="Repository" value={repository} onChange={setRepository} placeholder="late_departure" />
      {tags === null ? null : tags.length === 0 ? (
        <p className="deploy-note">It has no tags there.</p>
      ) : (
        <Select
          label="Tag"
          options={[...tags].reverse().map((id) => ({ id, label: id }))}
          value={tag}
          onChange={setTag}
        />
      )}
      <div className="deploy-actions">
        {tags === null ? (
          <Button type="submit" isDisabled={repository === ''}>
            List tags
          </Button>
        ) : (
          <Button type="submit" isDisabled={tag === null}>
            Pull
          </Button>
        )}
        <Button kind="quiet" onPress={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
