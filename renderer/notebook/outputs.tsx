import type { CellOutput } from '@shared/kernels/kernel'
import { memo, useMemo } from 'react'
import { AnsiText } from './ansi'
import { SafeHtmlView } from './safeHtml'
import { renderMarkdown, sanitiseHtml } from './sanitise'

type Bundle = Readonly<Record<string, unknown>>

/** Richest first; what cannot be shown safely is not in the list, and its plain text is shown instead. */
const pictureTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const
const activeTypes = [
  'application/javascript',
  'application/vnd.jupyter.widget-view+json',
  'application/vnd.plotly.v1+json',
  'application/vnd.bokehjs_exec.v0+json',
]

const textOf = (value: unknown): string | null =>
  typeof value === 'string'
    ? value
    : Array.isArray(value) && value.every((line) => typeof line === 'string')
      ? value.join('')
      : null

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const sizeOf = (metadata: Bundle, type: string): { width?: number; height?: number } => {
  const own = metadata[type]
  const from = isRecord(own) ? own : metadata
  return {
    ...(typeof from.width === 'number' ? { width: from.width } : {}),
    ...(typeof from.height === 'number' ? { height: from.height } : {}),
  }
}

const Note = ({ children }: { readonly children: string }) => <p className="notebook-note">{children}</p>

const HtmlOutput = ({ html, plain }: { readonly html: string; readonly plain: string | null }) => {
  const safe = useMemo(() => sanitiseHtml(html), [html])
  const isEmpty = safe.content.textContent?.trim() === '' && safe.content.querySelector('img') === null
  return (
    <>
      {isEmpty && plain !== null ? <AnsiText text={plain} /> : <SafeHtmlView html={safe} className="notebook-html" />}
      {safe.hadActiveContent ? <Note>This output has active content, which does not run here.</Note> : null}
    </>
  )
}

const MarkdownOutput = ({ source }: { readonly source: string }) => {
  const safe = useMemo(() => renderMarkdown(source), [source])
  return <SafeHtmlView html={safe} className="notebook-markdown" />
}

const Json = ({ value }: { readonly value: unknown }) => {
  const text = useMemo(() => JSON.stringify(value, null, 2), [value])
  return (
    <details className="notebook-json" open={text.length < 4000}>
      <summary>JSON</summary>
      <AnsiText text={text} />
    </details>
  )
}

const BundleOutput = ({ data, metadata }: { readonly data: Bundle; readonly metadata: Bundle }) => {
  const plain = textOf(data['text/plain'])
  const html = textOf(data['text/html'])
  if (html !== null) return <HtmlOutput html={html} plain={plain} />
  const svg = textOf(data['image/svg+xml'])
  const alternative = plain ?? 'Picture made by this cell'
  if (svg !== null)
    // In an <img> a drawing can neither run scripts nor load anything.
    return (
      <img
        className="notebook-picture"
        alt={alternative}
        src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`}
        {...sizeOf(metadata, 'image/svg+xml')}
      />
    )
  for (const type of pictureTypes) {
    const base64 = textOf(data[type])
    if (base64 !== null)
      return (
        <img
          className="notebook-picture"
          alt={alternative}
          src={`data:${type};base64,${base64.replace(/\s/g, '')}`}
          {...sizeOf(metadata, type)}
        />
      )
  }
  const markdown = textOf(data['text/markdown'])
  if (markdown !== null) return <MarkdownOutput source={markdown} />
  const active = activeTypes.find((type) => type in data)
  if (active)
    return (
      <>
        {plain === null ? null : <AnsiText text={plain} />}
        <Note>{`This output is interactive (${active}), which does not run here yet.`}</Note>
      </>
    )
  if (data['application/json'] !== undefined) return <Json value={data['application/json']} />
  const latex = textOf(data['text/latex'])
  if (plain === null && latex !== null) return <AnsiText text={latex} />
  return plain === null ? (
    <Note>{`An output of type ${Object.keys(data).join(', ') || 'none'}, which cannot be shown.`}</Note>
  ) : (
    <AnsiText text={plain} />
  )
}

const ErrorOutput = ({ output }: { readonly output: CellOutput & { output_type: 'error' } }) => {
  const traceback = output.traceback.join('\n')
  const isOurs = output.ename === 'KernelDied'
  return (
    <div className="notebook-error">
      <p className="notebook-error-title">
        {isOurs ? output.evalue : [output.ename, output.evalue].filter(Boolean).join(': ')}
      </p>
      {isOurs || traceback === '' ? null : <AnsiText text={traceback} />}
    </div>
  )
}

const Output = memo(({ output }: { readonly output: CellOutput }) => {
  switch (output.output_type) {
    case 'stream':
      return <AnsiText text={output.text} className={output.name === 'stderr' ? 'notebook-stderr' : ''} />
    case 'error':
      return <ErrorOutput output={output} />
    case 'display_data':
    case 'execute_result':
      return <BundleOutput data={output.data} metadata={output.metadata} />
  }
})

/** More than this at once would make the page crawl; nobody looks at a thousand plots of one cell. */
const shownOutputs = 200

export const Outputs = memo(
  ({ outputs, label }: { readonly outputs: readonly CellOutput[]; readonly label: string }) => {
    if (outputs.length === 0) return null
    return (
      <section className="notebook-outputs" aria-label={label}>
        {outputs.slice(0, shownOutputs).map((output, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: outputs have no identity but their place
          <Output key={index} output={output} />
        ))}
        {outputs.length > shownOutputs ? (
          <Note>{`${outputs.length - shownOutputs} more outputs are in the saved file.`}</Note>
        ) : null}
      </section>
    )
  },
)
