import type { Bundle } from '@shared/registry/registry'
import { Chip } from '../ui/chip'
import { formatBytes, formatTime } from '../ui/format'
import { EmptyState } from '../ui/states'
import { Table } from '../ui/table'
import { DigestText } from './digest'

interface BundlesProps {
  readonly bundles: readonly Bundle[]
  readonly selected: string | null
  readonly onSelect: (bundle: Bundle) => void
}

/** Versions of the local store. */
export const BundlesSection = ({ bundles, selected, onSelect }: BundlesProps) => (
  <section className="deploy-section" aria-label="Bundles">
    <div className="deploy-section-head">
      <h3>Bundles on this machine</h3>
    </div>
    <Table
      label="Bundles"
      rows={bundles}
      rowKey={(bundle) => bundle.digest}
      selectedKey={selected}
      onRowPress={onSelect}
      columns={[
        { id: 'name', header: 'Model', cell: (bundle) => bundle.name },
        {
          id: 'tags',
          header: 'Tags',
          cell: (bundle) => (
            <span className="deploy-tags">
              {bundle.isDraft ? <Chip tone="warn">Draft</Chip> : null}
              {bundle.tags.map((tag) => (
                <Chip key={tag} tone="accent">
                  {tag}
                </Chip>
              ))}
            </span>
          ),
        },
        { id: 'run', header: 'Run', cell: (bundle) => bundle.runId ?? '–' },
        { id: 'created', header: 'Made', cell: (bundle) => formatTime(Math.floor(bundle.createdAt / 60_000) * 60_000) },
        { id: 'size', header: 'Size', align: 'end', cell: (bundle) => formatBytes(bundle.sizeBytes) },
        { id: 'digest', header: 'Digest', cell: (bundle) => <DigestText digest={bundle.digest} /> },
      ]}
      empty={
        <EmptyState
          title="No bundles yet"
          detail="A bundle holds a run’s model with everything needed to run, check and watch it. Choose a run above."
        />
      }
    />
  </section>
)
