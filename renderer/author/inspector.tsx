import { counted } from '@shared/counted'
import type { ColumnProfile } from '@shared/data/profile'
import type { GraphNode } from '@shared/graph/graph'
import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { openFile } from '../app/navigation'
import { Button, IconButton } from '../ui/button'
import { Histogram } from '../ui/charts/histogram'
import { formatCount, formatNumber, formatPercent } from '../ui/format'
import { Skeleton } from '../ui/states'
import { TextField } from '../ui/textField'
import type { OpenDocument } from './documents'
import { leaveField } from './focus'
import { kindTone } from './kinds'
import { ParameterField } from './parameterField'
import { loadValues, sampledObservations, type Values } from './values'
import { editGraph, selectNode } from './views'

interface InspectorProps {
  readonly document: OpenDocument
  readonly node: GraphNode
  readonly model: string | null
  readonly values: Values | undefined
  readonly side: 'left' | 'right'
}

/** The chosen node: what it is called, what it does, what can be set, and what its values look like. */
export const Inspector = ({ document, node, model, values, side }: InspectorProps) => {
  const { path } = document
  const close = (): void => selectNode(path, null)
  return (
    <aside
      className={`author-inspector author-inspector-${side}`}
      aria-label={`Inspector of ${node.name}`}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <header>
        <span className={`author-kind author-node-${node.kind}`}>
          <span className="author-dot" aria-hidden />
          {node.kind}
          {node.type ? ` · ${node.type}` : ''}
        </span>
        <IconButton label="Close the inspector" icon={<X size={14} />} onPress={close} />
      </header>
      {node.kind === 'step' ? (
        <p className="author-inspector-elsewhere">
          <b>{node.name}</b>
        </p>
      ) : node.file === null ? (
        <NameField path={path} node={node} />
      ) : (
        <p className="author-inspector-elsewhere">
          <b>{node.name}</b> is declared in{' '}
          <Button kind="quiet" onPress={() => openFile(node.file ?? path)}>
            {node.file}
          </Button>
        </p>
      )}
      {node.documentation ? <p className="author-inspector-text">{node.documentation}</p> : null}
      <p className="author-inspector-definition" title={node.definition}>
        {node.definition}
      </p>
      {node.parameters.length > 0 && node.file === null ? (
        <div className="author-parameters">
          {node.parameters.map((parameter) => (
            <ParameterField key={`${node.id} ${parameter.name}`} path={path} node={node} parameter={parameter} />
          ))}
        </div>
      ) : null}
      {node.inputs.length > 0 && model ? (
        <LiveValues document={document} node={node} model={model} values={values} />
      ) : null}
    </aside>
  )
}

const NameField = ({ path, node }: { readonly path: string; readonly node: GraphNode }) => {
  const [draft, setDraft] = useState(node.name)
  const [refusal, setRefusal] = useState<string | null>(null)
  useEffect(() => {
    setDraft(node.name)
    setRefusal(null)
  }, [node.name])
  const done = async (): Promise<void> => {
    const name = draft.trim()
    setRefusal(null)
    if (name === node.name) return
    setRefusal(await editGraph(path, { kind: 'rename', node: node.id, name }).catch(String))
  }
  return (
    <div className="author-name">
      <TextField
        label="Name"
        value={draft}
        onChange={setDraft}
        onEnter={() => void done().then(leaveField)}
        onBlur={() => void done()}
        error={refusal}
      />
    </div>
  )
}

interface LiveValuesProps {
  readonly document: OpenDocument
  readonly node: GraphNode
  readonly model: string
  readonly values: Values | undefined
}

/** Values are of the saved text: that is what the engine reads. */
const LiveValues = ({ document, node, model, values }: LiveValuesProps) => {
  const { path, digest, isDirty } = document
  const state = values?.state
  useEffect(() => {
    if (state) return
    // A cursor that only passes by should not start the engine.
    const timer = setTimeout(() => {
      loadValues(path, model, digest).catch(() => {})
    }, 350)
    return () => clearTimeout(timer)
  }, [state, path, model, digest])

  if (!values || values.state === 'loading')
    return (
      <div className="author-values" aria-busy="true">
        <Skeleton height={56} />
        <p className="author-values-note">Reading values…</p>
      </div>
    )
  if (values.state === 'failed')
    return (
      <div className="author-values" role="status">
        <p className="author-values-note">
          No values: {values.error.message} {values.error.hint ?? ''}
        </p>
        <Button
          onPress={() => {
            loadValues(path, model, digest).catch(() => {})
          }}
        >
          Try again
        </Button>
      </div>
    )
  const input = node.inputs.find((name) => values.profiles.has(name))
  const profile = input === undefined ? undefined : values.profiles.get(input)
  if (!profile)
    return <p className="author-values-note">{isDirty ? 'Save to see its values.' : 'No values of its own.'}</p>
  return (
    <figure className="author-values" aria-label={`Values of ${node.name}`}>
      {profile.histogram ? (
        <Histogram
          histogram={profile.histogram}
          height={56}
          label={`Distribution of ${node.name}`}
          scale={profile.type === 'time' || profile.type === 'date' ? 'time' : 'number'}
          tone={kindTone[node.kind]}
          axis={{ unit: unitOf(node) }}
        />
      ) : null}
      <ProfileFacts profile={profile} unit={unitOf(node)} />
      <figcaption className="author-values-note">
        {input !== node.name ? `As ${input}, on ` : 'On '}
        {profile.sampledRows < profile.rows || profile.rows >= sampledObservations
          ? `a sample of ${formatCount(profile.sampledRows)} rows`
          : counted(profile.rows, 'row')}
        {isDirty ? ' of the saved text' : ''}
      </figcaption>
    </figure>
  )
}

/** The unit that the declaration names, with the space before it; nothing where it names none. */
const unitOf = ({ parameters }: GraphNode): string => {
  const written = parameters.find(({ name }) => name === 'unit')?.text ?? ''
  const unit = written.replace(/^"(.*)"$/, '$1')
  return unit === '' ? '' : ` ${unit}`
}

const ProfileFacts = ({ profile, unit }: { readonly profile: ColumnProfile; readonly unit: string }) => {
  const { quantiles, top } = profile
  const facts: readonly (readonly [string, string])[] = [
    ['nulls', formatPercent(profile.rows === 0 ? 0 : profile.nulls / profile.rows)],
    ...(quantiles
      ? [
          ['median', `${formatNumber(quantiles.p50, 3)}${unit}`] as const,
          ['p05', `${formatNumber(quantiles.p05, 3)}${unit}`] as const,
          ['p95', `${formatNumber(quantiles.p95, 3)}${unit}`] as const,
        ]
      : [
          ['distinct', `${profile.isDistinctExact ? '' : '≈ '}${formatCount(profile.distinct)}`] as const,
          ...top
            .slice(0, 2)
            .map(({ value, count }) => [value ?? 'NULL', formatPercent(count / Math.max(1, profile.rows))] as const),
        ]),
  ]
  return (
    <dl className="author-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
