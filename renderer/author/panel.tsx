import { useEffect, useRef } from 'react'
import type { PanelParameters } from '../app/contributions'
import { attempt } from '../app/notices'
import { Button } from '../ui/button'
import { formatAgo } from '../ui/format'
import { Select } from '../ui/select'
import { Splitter } from '../ui/splitter'
import { ErrorState, Skeleton } from '../ui/states'
import { previewProgram, trainProgram } from './actions'
import {
  discardRecovered,
  keepMine,
  type OpenDocument,
  openDocument,
  restoreRecovered,
  takeTheirs,
  useOpenDocuments,
} from './documents'
import { ProgramEditor } from './editor'
import { revealPlace } from './editors'
import { GraphView } from './graphView'
import { Preview } from './preview'
import { chooseModel, followGraph, setGraphShare, setMode, useViews, type ViewMode, viewOf } from './views'

interface AuthorPanelProps {
  readonly parameters: PanelParameters
  readonly isActive: boolean
}

const AuthorPanel = ({ parameters, isActive }: AuthorPanelProps) => {
  const path = String(parameters.path ?? '')
  const document = useOpenDocuments(({ open }) => open.get(path))
  const error = useOpenDocuments(({ failed }) => failed.get(path))
  useEffect(() => {
    openDocument(path).catch(() => {})
  }, [path])
  if (document) return <Program document={document} parameters={parameters} isActive={isActive} />
  if (error)
    return (
      <ErrorState error={error} action={<Button onPress={() => attempt(() => openDocument(path))}>Try again</Button>} />
    )
  return (
    <div className="author-wait" aria-busy="true">
      <Skeleton lines={12} height={14} />
    </div>
  )
}
export default AuthorPanel

interface ProgramProps extends AuthorPanelProps {
  readonly document: OpenDocument
}

const Program = ({ document, parameters, isActive }: ProgramProps) => {
  const { path, model } = document
  const view = useViews((views) => viewOf(views, path))
  const { mode, graphShare } = useViews()
  const panes = useRef<HTMLDivElement>(null)
  useEffect(() => followGraph(path, model), [path, model])

  const { line, column, revealedAt } = parameters
  // biome-ignore lint/correctness/useExhaustiveDependencies: `revealedAt` says that the same place is asked for again
  useEffect(() => {
    if (typeof line === 'number') revealPlace(path, line, typeof column === 'number' ? column : 1)
  }, [path, line, column, revealedAt])

  const previewed = view.isPreviewOpen ? (view.answer?.graph.model ?? null) : null
  const width = panes.current?.clientWidth ?? 1000
  return (
    <div className="author">
      <Notices document={document} />
      <Toolbar document={document} mode={mode} />
      <div ref={panes} className={`author-panes author-panes-${mode}`} style={{ '--share': graphShare } as object}>
        <ProgramEditor document={document} isActive={isActive} />
        {mode === 'both' ? (
          <Splitter
            label="Between text and graph"
            orientation="vertical"
            value={Math.round(width * graphShare)}
            min={160}
            max={Math.max(200, width - 200)}
            pane="after"
            onChange={(pixels) => setGraphShare(pixels / (panes.current?.clientWidth || 1000))}
          />
        ) : null}
        {mode === 'text' ? null : <GraphView document={document} view={view} />}
      </div>
      {previewed ? <Preview document={document} model={previewed} /> : null}
    </div>
  )
}

const modes: readonly { readonly id: ViewMode; readonly label: string }[] = [
  { id: 'text', label: 'Text' },
  { id: 'both', label: 'Both' },
  { id: 'graph', label: 'Graph' },
]

const Toolbar = ({ document, mode }: { readonly document: OpenDocument; readonly mode: ViewMode }) => {
  const { path } = document
  const { answer } = useViews((views) => viewOf(views, path))
  const models = answer?.models ?? []
  const model = answer?.graph.model ?? null
  const count = answer?.graph.nodes.length ?? 0
  return (
    <div className="author-toolbar" role="toolbar" aria-label="Program">
      <fieldset className="author-modes">
        <legend className="visually-hidden">Show</legend>
        {modes.map(({ id, label }) => (
          <button key={id} type="button" aria-pressed={mode === id} onClick={() => setMode(id)}>
            {label}
          </button>
        ))}
      </fieldset>
      {models.length > 1 ? (
        <Select
          label="Model"
          isLabelHidden
          options={models.map((name) => ({ id: name, label: name }))}
          value={model}
          onChange={(name) => chooseModel(path, name)}
          className="author-model"
        />
      ) : model ? (
        <span className="ui-chip ui-chip-accent">{model}</span>
      ) : null}
      <span className="author-muted">{count === 1 ? '1 node' : `${count} nodes`}</span>
      <span className="author-space" />
      <Button
        tooltip="The first rows of the training set, and its profiles"
        isDisabled={model === null}
        onPress={() => attempt(() => previewProgram(path))}
      >
        Preview
      </Button>
      <Button
        kind="primary"
        tooltip={model ? `Train ${model}` : 'Nothing to train: this file has no model'}
        isDisabled={model === null}
        onPress={() => attempt(() => trainProgram(path))}
      >
        Train
      </Button>
    </div>
  )
}

/** What needs a decision before work goes on. */
const Notices = ({ document }: { readonly document: OpenDocument }) => {
  const { path, conflict, recovered } = document
  if (conflict)
    return (
      <div className="author-notice author-notice-warn" role="alert">
        <span>
          <b>{path}</b> changed on disk while you were editing it.
        </span>
        <Button onPress={() => attempt(() => keepMine(path))} tooltip="Write your text over what is on disk">
          Keep mine
        </Button>
        <Button onPress={() => takeTheirs(path)} tooltip="Show what is on disk; undo brings your text back">
          Take theirs
        </Button>
      </div>
    )
  if (recovered)
    return (
      <div className="author-notice" role="status">
        <span>Unsaved text from {formatAgo(recovered.savedAt)} was kept.</span>
        <Button onPress={() => restoreRecovered(path)}>Restore it</Button>
        <Button kind="quiet" onPress={() => discardRecovered(path)}>
          Discard it
        </Button>
      </div>
    )
  return null
}
