import { CodeActionKind } from 'vscode-languageserver-types'
import { nameAt, namesIn } from '../../graph/names'
import type { Span } from '../../plan/plan'
import type { Argument, Expression, LetStatement, ModelDeclaration, OutputStatement } from '../ast'
import { findOperator } from '../operators/table'
import { reservedWords } from '../words'
import type { Analysis } from './analysis'
import type { Refactoring } from './refactorings'
import { contains, lineStart } from './text'

/** The expression selected, or the call around the cursor, becomes a `let` of its own before its statement. */
export function extractLet(
  analysis: Analysis,
  model: ModelDeclaration,
  statement: LetStatement | OutputStatement,
  span: Span,
): Refactoring[] {
  const { text } = analysis.document
  const parts = inputsOf(statement.expression)
  const selected = trimmed(text, span)
  const found =
    span.start === span.end
      ? parts.findLast((part) => part.kind === 'call' && contains(part.span, span.start))
      : parts.find((part) => part.span.start === selected.start && part.span.end === selected.end)
  if (!found) return []
  const name = freeName(analysis, model, found)
  const { start } = statement.span
  const begin = lineStart(text, start)
  const before = text.slice(begin, start)
  const indent = before.trim() === '' ? before : '  '
  const edits = [
    { span: { start, end: start }, text: `let ${name} = ${text.slice(found.span.start, found.span.end)}\n${indent}` },
    { span: found.span, text: name },
  ]
  return [{ title: `Extract to \`let ${name}\``, kind: CodeActionKind.RefactorExtract, analysis, edits }]
}

/** The expressions that may be nodes of their own: inputs of operators, never the values of parameters. */
function inputsOf(expression: Expression): Expression[] {
  const inside = (part: Expression): Expression[] => [...(isOperation(part) ? [part] : []), ...inputsOf(part)]
  switch (expression.kind) {
    case 'call':
      return dataOf(expression.callee.text, expression.args).flatMap(inside)
    case 'unary':
      return inside(expression.operand)
    case 'binary':
      return [expression.left, expression.right].flatMap(inside)
    case 'conditional':
      return [expression.condition, expression.then, expression.otherwise].flatMap(inside)
    default:
      return []
  }
}

const dataOf = (callee: string, args: readonly Argument[]): Expression[] => {
  const inputs = findOperator(callee, 'model')?.inputs ?? []
  const most = inputs.some(({ isRepeated }) => isRepeated) ? args.length : inputs.length
  return args
    .filter(({ name }) => name === null)
    .slice(0, most)
    .map(({ value }) => value)
}

const isOperation = ({ kind }: Expression): boolean =>
  kind === 'call' || kind === 'binary' || kind === 'unary' || kind === 'conditional'

const trimmed = (text: string, { start, end }: Span): Span => {
  const part = text.slice(start, end)
  return { start: start + part.length - part.trimStart().length, end: end - part.length + part.trimEnd().length }
}

/** `log1p_distance` for `log1p(distance)`, with a number where that is taken. */
function freeName({ names }: Analysis, model: ModelDeclaration, expression: Expression): string {
  const taken = new Set([
    ...reservedWords,
    ...names.names.flatMap(({ name, model: own }) => (own === null || own === model.name.text ? [name] : [])),
    ...[...names.foreign.values()].map(({ name }) => name),
  ])
  const [first] = namesIn(expression)
  const callee = expression.kind === 'call' ? expression.callee.text : 'part'
  const wanted = [callee, first?.text]
    .filter(Boolean)
    .join('_')
    .replace(/[^\p{L}\p{N}_]/gu, '_')
  if (!taken.has(wanted)) return wanted
  let number = 2
  while (taken.has(`${wanted}_${number}`)) number++
  return `${wanted}_${number}`
}

/** Every place that reads the `let` says its expression instead, and its line goes. */
export function inlineLet(analysis: Analysis, model: ModelDeclaration, offset: number): Refactoring[] {
  const { text } = analysis.document
  const named = nameAt(analysis.names, offset)?.named
  const statement = model.statements.find(
    (one) => one.kind === 'let' && named?.kind === 'let' && one.span.start === named.span.start,
  )
  const reads = named?.places.filter(({ role }) => role === 'reference') ?? []
  if (!named || statement?.kind !== 'let' || reads.length === 0) return []
  // One that reads itself has no expression to put in its place.
  if (reads.some(({ span }) => contains(statement.span, span.start))) return []
  const expression = text.slice(statement.expression.span.start, statement.expression.span.end)
  const isLoose = ['binary', 'unary', 'conditional'].includes(statement.expression.kind)
  const edits = [
    { span: wholeLine(text, statement.span), text: '' },
    ...reads.map(({ span }) => ({
      span,
      text: isLoose && !isWholeArgument(text, span) ? `(${expression})` : expression,
    })),
  ]
  return [{ title: `Inline \`${named.name}\``, kind: CodeActionKind.RefactorInline, analysis, edits }]
}

/** Between brackets and commas nothing can bind into it. */
const isWholeArgument = (text: string, { start, end }: Span): boolean =>
  /[(,]\s*$/.test(text.slice(Math.max(0, start - 40), start)) && /^\s*[,)]/.test(text.slice(end, end + 40))

/** With its line where nothing else stands there. */
function wholeLine(text: string, { start, end }: Span): Span {
  const begin = lineStart(text, start)
  const newline = text.indexOf('\n', end)
  const lineEnd = newline < 0 ? text.length : newline + 1
  const isAlone = text.slice(begin, start).trim() === '' && text.slice(end, lineEnd).trim() === ''
  return isAlone ? { start: begin, end: lineEnd } : { start, end }
}
