import { MarkupKind, type SignatureHelp, type SignatureInformation } from 'vscode-languageserver-types'
import { type Operator, type OperatorSide, signatureOf } from '../operators/operator'
import { findReader, type Reader, readerSignature } from '../operators/readers'
import { findOperator } from '../operators/table'
import type { Analysis } from './analysis'
import { tokensBefore } from './localTokens'
import { type OpenCall, openCall } from './openCall'

/** The signature of the call around an offset, with the argument being written. */
export function signatureAt({ document }: Analysis, offset: number): SignatureHelp | null {
  const tokens = tokensBefore(document.text, offset, document.comments)
  const call = tokens && openCall(tokens)
  if (!tokens || !call) return null
  const word = tokens.findLast(
    ({ kind, isFirstOnLine, text }) => kind === 'name' && isFirstOnLine && sideOf[text] !== undefined,
  )?.text
  const side = sideOf[word ?? ''] ?? 'feature'
  return helpFor(call, side)
}

/** The statements that expressions stand in, by the side that their operators are of. */
const sideOf: Readonly<Record<string, OperatorSide>> = {
  feature: 'feature',
  observe: 'feature',
  predict: 'feature',
  use: 'feature',
  let: 'model',
  output: 'model',
}

/** `tune` and unknown names have no signature of their own: the call around them is told. */
function helpFor(call: OpenCall, side: OperatorSide): SignatureHelp | null {
  const operator = findOperator(call.callee, side)
  if (operator)
    return { signatures: [information(operator)], activeSignature: 0, activeParameter: activeOf(operator, call) }
  const reader = findReader(call.callee)
  if (reader)
    return { signatures: [readerInformation(reader)], activeSignature: 0, activeParameter: readerActive(reader, call) }
  if (call.callee === 'tune') return { signatures: [tuning], activeSignature: 0, activeParameter: call.position }
  return call.outer ? helpFor(call.outer, side) : null
}

const tuning: SignatureInformation = {
  label: 'tune(range or list, log)',
  documentation: {
    kind: MarkupKind.Markdown,
    value: 'The search tries values of it: `tune(3..8)`, `tune(0.01..0.3, log)`, `tune([50, 100, 200])`.',
  },
  parameters: [
    { label: 'range or list', documentation: 'Between two numbers, `3..8`, or one of a list, `[50, 100, 200]`.' },
    { label: 'log', documentation: 'Spreads the values of a range evenly over its orders of magnitude.' },
  ],
}

const information = (operator: Operator): SignatureInformation =>
  signature(signatureOf(operator), operator, [...operator.inputs, ...operator.parameters])

const readerInformation = (reader: Reader): SignatureInformation =>
  signature(readerSignature(reader), reader, reader.arguments)

function signature(
  label: string,
  { name, documentation, example }: { readonly name: string; readonly documentation: string; readonly example: string },
  all: readonly { readonly name: string; readonly documentation: string }[],
): SignatureInformation {
  let from = name.length
  const parameters = all.map((parameter) => {
    const start = label.indexOf(parameter.name, from)
    // To the comma before the next one; the types hold no comma.
    const comma = label.indexOf(', ', start)
    const end = comma < 0 ? label.length - 1 : comma
    from = end
    return { label: [start, end] as [number, number], documentation: parameter.documentation || undefined }
  })
  const value = `${documentation}\n\n\`\`\`proml\n${example}\n\`\`\``
  return { label, documentation: { kind: MarkupKind.Markdown, value }, parameters }
}

const readerActive = ({ arguments: args }: Reader, { position, parameter }: OpenCall): number =>
  parameter ? args.findIndex(({ name }) => name === parameter) : position

/** Named arguments by their names; the others in the order of the signature, a repeated input as often as it is written. */
function activeOf({ inputs, parameters }: Operator, { position, parameter }: OpenCall): number | undefined {
  if (parameter) {
    const index = parameters.findIndex(({ name }) => name === parameter)
    return index < 0 ? undefined : inputs.length + index
  }
  const repeated = inputs.findIndex(({ isRepeated }) => isRepeated)
  return repeated >= 0 && position > repeated ? repeated : position
}
