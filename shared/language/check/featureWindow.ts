import type { FrameWindow, WindowRule } from '../../plan/plan'
import type { FeatureBody, FeatureDeclaration, Identifier, WindowClause } from '../ast'
import { removal } from '../diagnostics/fixes'
import { systems } from './attributes'
import type { Place } from './declared'
import type { Report } from './report'
import type { CheckedSource } from './symbols'

export interface WindowContext {
  readonly report: Report
  readonly aggregate: string
  readonly source: CheckedSource
  /** The system that a file’s `namespace … like` names. */
  readonly likeOf: (file: string) => Identifier | null
}

/** Whose rule the window keeps: what the feature says, else what its file says of all. */
const ruleOf = (
  { file, declaration }: Place<FeatureDeclaration>,
  window: WindowClause | null,
  { likeOf, report }: WindowContext,
): WindowRule => {
  const own = declaration.attributes.find(({ name }) => name.text === 'like')
  const system = own ? (own.value?.kind === 'name' ? own.value.name : null) : likeOf(file)
  const rule = systems.find((one) => one === system?.text)
  const isInclusive = window?.kind === 'time' && window.isInclusive
  if (!rule) return isInclusive ? 'inclusive' : 'open'
  if (!isInclusive) return rule
  if (own && window?.kind === 'time') {
    const text = report.textOf(file)
    report.add(file, 'PML1416', own.span, { system: rule }, [
      removal(`Remove \`like ${rule}\``, text, own.span),
      removal('Remove `inclusive`', text, { start: window.duration.span.end, end: window.span.end }),
    ])
  }
  return own ? rule : 'inclusive'
}

/** The window of an aggregate; null after a mistake that was told. */
export const checkWindow = (
  place: Place<FeatureDeclaration>,
  body: FeatureBody,
  context: WindowContext,
): FrameWindow | null => {
  const { file } = place
  const { report, aggregate, source } = context
  const { window } = body
  const sourceName = source.declaration.name.text
  const isTimeless = source.declaration.time === null
  const rule = ruleOf(place, window, context)
  if (aggregate === 'latest' && !window) {
    if (body.lag && isTimeless) report.add(file, 'PML1408', body.lag.span, { source: sourceName, what: 'A lag' })
    return { kind: 'all', rule }
  }
  if (!window) {
    const at = body.lag?.span.start ?? null
    const fixes =
      at === null
        ? [
            {
              title: 'Aggregate over one day',
              edits: [{ span: { start: body.span.end, end: body.span.end }, text: ' over 1d' }],
            },
          ]
        : []
    report.add(file, 'PML1403', body.expression.span, { aggregate }, fixes)
    return null
  }
  if (isTimeless) {
    report.add(file, 'PML1408', window.span, { source: sourceName, what: '`over`' })
    return null
  }
  switch (window.kind) {
    case 'all':
      return { kind: 'all', rule }
    case 'rows':
      if (!Number.isInteger(window.rows) || window.rows < 1)
        report.add(file, 'PML1413', window.span, { what: 'A window' })
      return { kind: 'rows', rows: window.rows, rule }
    case 'time':
      if (window.duration.micros <= 0) report.add(file, 'PML1413', window.duration.span, { what: 'A window' })
      return { kind: 'time', micros: window.duration.micros, rule }
  }
}
