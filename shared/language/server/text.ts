import type { TextDocument } from 'vscode-languageserver-textdocument'
import {
  DiagnosticSeverity,
  type Diagnostic as ProtocolDiagnostic,
  type TextEdit as ProtocolEdit,
  type Range,
} from 'vscode-languageserver-types'
import type { Span } from '../../plan/plan'
import type { Diagnostic, TextEdit } from '../diagnostic'

/** A file’s offsets as the protocol’s lines and characters. */
export const rangeOf = (text: TextDocument, { start, end }: Span): Range => ({
  start: text.positionAt(start),
  end: text.positionAt(end),
})

export const spanOfRange = (text: TextDocument, range: Range): Span => ({
  start: text.offsetAt(range.start),
  end: text.offsetAt(range.end),
})

export const protocolEdit = (text: TextDocument, edit: TextEdit): ProtocolEdit => ({
  range: rangeOf(text, edit.span),
  newText: edit.text,
})

const severities: Readonly<Record<Diagnostic['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
}

export const protocolDiagnostic = (text: TextDocument, diagnostic: Diagnostic): ProtocolDiagnostic => ({
  range: rangeOf(text, diagnostic.span),
  severity: severities[diagnostic.severity],
  code: diagnostic.code,
  source: 'proml',
  message: `${diagnostic.message} ${diagnostic.mend}`.trim(),
})

/** Where the line of an offset begins. */
export const lineStart = (text: string, offset: number): number =>
  // Before the beginning `lastIndexOf` would find a line break at it.
  offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1

export const contains = ({ start, end }: Span, offset: number): boolean => start <= offset && offset <= end

export const touches = (a: Span, b: Span): boolean => a.start <= b.end && b.start <= a.end
