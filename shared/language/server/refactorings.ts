import { type CodeAction, CodeActionKind } from 'vscode-languageserver-types'
import { applyTextEdits } from '../../graph/edit'
import type { Span } from '../../plan/plan'
import type { Declaration, FeatureDeclaration, ModelDeclaration, UseStatement } from '../ast'
import { written } from '../check/report'
import { featureNamed } from '../check/symbols'
import type { TextEdit } from '../diagnostic'
import { parse } from '../syntax/parser'
import type { Analysis } from './analysis'
import { extractLet, inlineLet } from './lets'
import { contains, lineStart, protocolEdit } from './text'
import type { Snapshot } from './workspace'

/** Edits of one file that keep its meaning, or say what was left open. */
export interface Refactoring {
  readonly title: string
  readonly kind: string
  readonly analysis: Analysis
  readonly edits: readonly TextEdit[]
}

/** Other ways to write what a range selects, or what the cursor stands on. */
export function refactoringsAt(snapshot: Snapshot, analysis: Analysis, span: Span): CodeAction[] {
  const declaration = analysis.document.declarations.find((one) => contains(one.span, span.start))
  if (!declaration) return []
  const found = [
    ...(declaration.kind === 'model' ? modelRefactorings(snapshot, analysis, declaration, span) : []),
    ...(declaration.kind === 'feature' ? writeType(analysis, declaration, span) : []),
    ...writeDocumentation(analysis, declaration, span),
  ]
  return found.filter(staysSound).map(({ title, kind, analysis: { uri, text }, edits }) => ({
    title,
    kind,
    edit: { changes: { [uri]: edits.map((edit) => protocolEdit(text, edit)) } },
  }))
}

/** The law of all of them: what parsed before parses after. */
const staysSound = ({ analysis: { document }, edits }: Refactoring): boolean =>
  parse(applyTextEdits(document.text, edits)).errors.length <= document.errors.length

function modelRefactorings(
  snapshot: Snapshot,
  analysis: Analysis,
  model: ModelDeclaration,
  span: Span,
): readonly Refactoring[] {
  const statement = model.statements.find((one) => contains(one.span, span.start) && contains(one.span, span.end))
  return [
    ...(statement && statement.kind !== 'use' ? extractLet(analysis, model, statement, span) : []),
    ...inlineLet(analysis, model, span.start),
    ...(statement?.kind === 'use' ? standIn(snapshot, analysis, model, statement) : []),
  ]
}

const substitutes: Readonly<Record<string, string>> = { int: '0', float: '0', bool: 'false', string: '"unknown"' }

/** What stands in where a value is missing: `coalesce` around a column’s expression, a `default` for a feature. */
function standIn(
  snapshot: Snapshot,
  analysis: Analysis,
  model: ModelDeclaration,
  use: UseStatement,
): readonly Refactoring[] {
  const { symbols } = analysis.namespace
  const checked = symbols?.models.get(model.name.text)?.uses.find(({ statement }) => statement === use)
  const stand = substitutes[checked?.value.type ?? '']
  if (!checked?.value.isNullable || stand === undefined) return []
  const kind = CodeActionKind.RefactorRewrite
  if (checked.feature === null) {
    const { expression, name } = use
    const { start, end } = expression?.span ?? name.span
    const edits = expression
      ? [
          { span: { start, end: start }, text: 'coalesce(' },
          { span: { start: end, end }, text: `, ${stand})` },
        ]
      : [{ span: { start: end, end }, text: ` = coalesce(${written(name.text)}, ${stand})` }]
    return [{ title: `Put ${stand} where it is missing`, kind, analysis, edits }]
  }
  const feature = symbols && featureNamed(symbols, checked.feature)
  const home = feature && snapshot.analysis(feature.file)
  const end = feature?.declaration.definition?.span.end
  if (!home || end === undefined || feature.declaration.attributes.some(({ name }) => name.text === 'default'))
    return []
  const edits = [{ span: { start: end, end }, text: `\n  default ${stand}` }]
  return [{ title: `Give \`${checked.feature}\` the default ${stand}`, kind, analysis: home, edits }]
}

function writeType(analysis: Analysis, feature: FeatureDeclaration, span: Span): Refactoring[] {
  const type = analysis.namespace.types.get(`feature:${feature.name.text}`)
  if (feature.type || !type || !contains(feature.name.span, span.start)) return []
  const { end } = feature.name.span
  const edits = [{ span: { start: end, end }, text: `: ${type}` }]
  return [{ title: `Write its type, ${type}`, kind: CodeActionKind.RefactorRewrite, analysis, edits }]
}

function writeDocumentation(analysis: Analysis, declaration: Declaration, span: Span): Refactoring[] {
  const { start } = declaration.span
  const isHead = contains({ start, end: declaration.name.span.end }, span.start)
  if (declaration.documentation !== '' || !isHead) return []
  const begin = lineStart(analysis.document.text, start)
  const indent = analysis.document.text.slice(begin, start)
  if (indent.trim() !== '') return []
  const edits = [{ span: { start, end: start }, text: `/// ${sentence(declaration.name.text)}\n${indent}` }]
  return [{ title: 'Add documentation', kind: CodeActionKind.RefactorRewrite, analysis, edits }]
}

/** `airport_delay_3h` as the beginning of a sentence about it. */
const sentence = (name: string): string => {
  const spaced = name.replaceAll('_', ' ').trim()
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}.`
}
