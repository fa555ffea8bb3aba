import { type InlayHint, InlayHintKind } from 'vscode-languageserver-types'
import type { Span } from '../../plan/plan'
import type { Argument, Expression, ModelDeclaration } from '../ast'
import { childrenOf } from '../check/order'
import type { CheckedModel, ModelValue } from '../check/symbols'
import type { OperatorSide } from '../operators/operator'
import { findOperator } from '../operators/table'
import type { Analysis } from './analysis'
import { protocolEdit, touches } from './text'

export interface InlaySettings {
  readonly types: boolean
  readonly parameters: boolean
}

/** Types that are not written, and the names of parameters that stand by their place. */
export function inlayHints(analysis: Analysis, range: Span, settings: InlaySettings): InlayHint[] {
  return analysis.document.declarations.flatMap((declaration) => {
    if (!touches(declaration.span, range)) return []
    if (declaration.kind === 'model') return modelHints(analysis, declaration, range, settings)
    if (declaration.kind !== 'feature') return []
    return [
      ...(settings.types && !declaration.type ? featureType(analysis, declaration.name) : []),
      ...(settings.parameters ? parameterHints(analysis, declaration.definition?.expression, 'feature') : []),
    ]
  })
}

function featureType(analysis: Analysis, name: { readonly text: string; readonly span: Span }): InlayHint[] {
  const type = analysis.namespace.types.get(`feature:${name.text}`)
  if (!type) return []
  const at = { start: name.span.end, end: name.span.end }
  const edit = protocolEdit(analysis.text, { span: at, text: `: ${type}` })
  return [{ ...hint(analysis, name.span.end, `: ${type}`, InlayHintKind.Type), textEdits: [edit] }]
}

function modelHints(
  analysis: Analysis,
  model: ModelDeclaration,
  range: Span,
  { types, parameters }: InlaySettings,
): InlayHint[] {
  const checked = analysis.namespace.symbols?.models.get(model.name.text)
  return model.statements
    .filter(({ span }) => touches(span, range))
    .flatMap((statement) => {
      const { kind, name, expression } = statement
      const type = types && kind !== 'output' ? typeText(checked, name.text) : null
      return [
        ...(type === null ? [] : [hint(analysis, name.span.end, `: ${type}`, InlayHintKind.Type)]),
        ...(parameters ? parameterHints(analysis, expression, kind === 'use' ? 'feature' : 'model') : []),
      ]
    })
}

const typeText = (model: CheckedModel | undefined, name: string): string | null => {
  const value = model?.values.get(name)
  return value ? valueText(value) : null
}

/** `float`, `float?` where it may be missing, `vector[24]` where it is wider than one number, `prediction`. */
const valueText = ({ type, width, isNullable, isPrediction }: ModelValue): string | null => {
  if (isPrediction) return 'prediction'
  if (type === 'unknown') return null
  if (type === 'vector') return width === null ? 'vector' : `vector[${width}]`
  return isNullable ? `${type}?` : type
}

const parameterHints = (
  analysis: Analysis,
  expression: Expression | null | undefined,
  side: OperatorSide,
): InlayHint[] =>
  expression
    ? [
        ...(expression.kind === 'call' ? positional(expression.callee.text, expression.args, side) : []).map(
          ({ name, at }) => ({ ...hint(analysis, at, `${name}:`, InlayHintKind.Parameter), paddingRight: true }),
        ),
        ...childrenOf(expression).flatMap((part) => parameterHints(analysis, part, side)),
      ]
    : []

/** Inputs need no name; what stands after them does. */
function positional(callee: string, args: readonly Argument[], side: OperatorSide): { name: string; at: number }[] {
  const operator = findOperator(callee, side)
  if (!operator || operator.inputs.some(({ isRepeated }) => isRepeated)) return []
  return args
    .filter(({ name }) => name === null)
    .slice(operator.inputs.length)
    .flatMap(({ span }, index) => {
      const parameter = operator.parameters[index]
      return parameter ? [{ name: parameter.name, at: span.start }] : []
    })
}

const hint = (analysis: Analysis, at: number, label: string, kind: InlayHintKind): InlayHint => ({
  position: analysis.text.positionAt(at),
  label,
  kind,
})
