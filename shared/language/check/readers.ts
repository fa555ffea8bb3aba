import type { SourcePlan, Span } from '../../plan/plan'
import type { Argument, SourceDeclaration } from '../ast'
import { nearest } from '../nearest'
import { findReader, type Reader, type ReaderArgument, readerSignature, readers } from '../operators/readers'
import type { Place } from './declared'
import { type Report, replacements } from './report'

/** A reader with its arguments read. */
export interface OpenedReader {
  readonly reader: Reader
  /** Workspace-relative, for files. */
  readonly path: string | null
  readonly pathSpan: Span | null
  readonly options: SourcePlan['options']
}

/** What the source’s reader and its arguments say; null after a mistake that was told. */
export const readerOf = (place: Place<SourceDeclaration>, report: Report): OpenedReader | null => {
  const { file, declaration } = place
  const { reader: name, args } = declaration
  if (!name) return null
  const reader = findReader(name.text)
  if (!reader) {
    const known = readers.map((each) => each.name)
    const near = nearest(name.text, known)
    const words = { reader: name.text, nearest: near, readers: known }
    report.add(file, 'PML1301', name.span, words, replacements(name.span, near))
    return null
  }
  const fail = (problem: string, span: Span): null => {
    report.add(file, 'PML1303', span, { reader: reader.name, problem, signature: readerSignature(reader) })
    return null
  }
  if (args.some(({ value }) => value.kind === 'error')) return null
  const values = new Map<string, Argument>()
  for (const [index, argument] of args.entries()) {
    const said = argument.name?.text ?? reader.arguments[index]?.name
    if (said === undefined || !reader.arguments.some((each) => each.name === said))
      return fail(
        `\`${reader.name}\` does not take ${said === undefined ? 'so many arguments' : `\`${said}\``}.`,
        argument.span,
      )
    if (values.has(said)) return fail(`\`${said}\` stands twice.`, argument.span)
    values.set(said, argument)
  }
  const options: Record<string, string | { secret: string }> = {}
  let path: OpenedReader['path'] = null
  let pathSpan: Span | null = null
  for (const declared of reader.arguments) {
    const argument = values.get(declared.name)
    if (!argument) {
      if (declared.isRequired) return fail(`\`${reader.name}\` needs its ${declared.name}.`, args[0]?.span ?? name.span)
      continue
    }
    const value = argumentValue(argument, declared)
    if (value === null)
      return fail(`\`${declared.name}\` of \`${reader.name}\` is ${expected(declared)}.`, argument.span)
    if (declared.type !== 'path' && typeof value === 'string' && holdsPassword(value))
      return fail(`\`${declared.name}\` holds a password, which anyone who has this file can read.`, argument.span)
    if (declared.type !== 'path') options[declared.name] = value
    else if (typeof value === 'string') {
      const inside = insidePath(value)
      if (inside === null) {
        report.add(file, 'PML1304', argument.span, { path: value })
        return null
      }
      path = inside
      pathSpan = argument.span
    }
  }
  return { reader, path, pathSpan, options }
}

/** `scheme://user:password@…`, also where it is no proper address. */
const holdsPassword = (text: string): boolean => /^[a-z][\w+.-]*:\/\/[^/?#@]*:[^/?#@]+@/i.test(text)

const expected = ({ type, choices }: ReaderArgument): string => {
  if (choices) return choices.map((choice) => `"${choice}"`).join(' or ')
  return type === 'secret' ? 'a text, or `secret("name")`' : 'a text'
}

const argumentValue = ({ value }: Argument, { type, choices }: ReaderArgument): string | { secret: string } | null => {
  if (value.kind === 'string')
    return value.value !== '' && (choices?.includes(value.value) ?? true) ? value.value : null
  if (type !== 'secret' || value.kind !== 'call' || value.callee.text !== 'secret' || value.args.length !== 1)
    return null
  const [name] = value.args
  return name?.value.kind === 'string' && name.value.value !== '' ? { secret: name.value.value } : null
}

/** Relative to the workspace, with plain slashes; null where it leaves it. */
export const insidePath = (text: string): string | null => {
  const path = text.replaceAll('\\', '/').replace(/^(\.\/)+/, '')
  return path.startsWith('/') || /^[A-Za-z][\w+.-]*:/.test(path) || path.split('/').includes('..') ? null : path
}
