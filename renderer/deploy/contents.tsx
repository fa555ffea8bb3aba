import { counted } from '@shared/counted'
import type { Bundle } from '@shared/registry/registry'
import { formatBytes } from '../ui/format'
import { Table } from '../ui/table'
import { DigestText } from './digest'
import type { RunSummary } from './store'

interface ContentRow {
  readonly path: string
  readonly about: string
  readonly size: number | null
  readonly digest: string | null
}

const about: Readonly<Record<string, string>> = {
  'model.onnx': 'the model, transforms included',
  'signature.json': 'inputs and outputs',
  'baseline.json': 'the training distribution, for health',
  'plan.json': 'features, graph and gates, resolved',
  'program.proml': 'the program as it was trained',
  'golden.json': 'rows with their right answers',
  'README.md': 'the model card',
}

const rowsOf = (run: RunSummary, bundle: Bundle | null): readonly ContentRow[] =>
  bundle === null
    ? Object.entries(about).map(([path, text]) => ({
        path,
        about: text,
        size: path === 'model.onnx' ? run.modelBytes : null,
        digest: path === 'model.onnx' ? run.modelDigest : null,
      }))
    : bundle.layers.map((layer) => ({
        path: layer.path,
        about: about[layer.path] ?? '',
        size: layer.sizeBytes,
        digest: layer.digest,
      }))

/** What goes out: the files of the bundle, or what bundling will take. */
export const ContentsSection = ({ run, bundle }: { readonly run: RunSummary; readonly bundle: Bundle | null }) => (
  <section className="deploy-section" aria-label="Contents">
    <div className="deploy-section-head">
      <h3>Contents</h3>
      <span className="deploy-note">
        {bundle === null
          ? 'What bundling will take.'
          : `${counted(bundle.layers.length, 'file')}, ${formatBytes(bundle.sizeBytes)} with manifest`}
      </span>
    </div>
    <Table
      label="Files of the bundle"
      rows={rowsOf(run, bundle)}
      rowKey={(row) => row.path}
      columns={[
        { id: 'path', header: 'File', cell: (row) => row.path },
        { id: 'about', header: 'What it is', cell: (row) => row.about },
        { id: 'size', header: 'Size', align: 'end', cell: (row) => (row.size === null ? '–' : formatBytes(row.size)) },
        {
          id: 'digest',
          header: 'Digest',
          cell: (row) => (row.digest === null ? '–' : <DigestText digest={row.digest} />),
        },
      ]}
    />
  </section>
)
