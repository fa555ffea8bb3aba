import type { TextDocument } from 'vscode-languageserver-textdocument'
import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver-types'
import type { Span } from '../../plan/plan'
import type { Comment, Document } from '../ast'

/** Declarations, the blocks inside models, and comments of several lines. */
export function foldingOf(document: Document, text: TextDocument): FoldingRange[] {
  const ranges: FoldingRange[] = []
  const add = ({ start, end }: Span, kind?: FoldingRangeKind): void => {
    const startLine = text.positionAt(start).line
    const last = text.positionAt(end)
    // The line of the closing bracket stays in sight.
    const endLine = document.text[end - 1] === '}' ? last.line - 1 : last.line
    if (endLine > startLine) ranges.push({ startLine, endLine, kind })
  }
  for (const declaration of document.declarations) {
    add(declaration.span)
    if (declaration.kind !== 'model') continue
    for (const { span } of declaration.statements) add(span)
    for (const block of [declaration.train, declaration.validate, declaration.health]) if (block) add(block.span)
  }
  for (const span of commentRuns(document.text, document.comments)) add(span, FoldingRangeKind.Comment)
  return ranges.sort((a, b) => a.startLine - b.startLine || b.endLine - a.endLine)
}

/** Comments of one kind with nothing but white space of one line between them are folded together. */
function commentRuns(text: string, comments: readonly Comment[]): Span[] {
  const runs: { start: number; end: number; kind: Comment['kind'] }[] = []
  for (const { kind, span } of comments) {
    const last = runs.at(-1)
    const between = last ? text.slice(last.end, span.start) : ''
    if (last && last.kind === kind && kind !== 'block' && /^\r?\n[ \t]*$/.test(between)) last.end = span.end
    else runs.push({ ...span, kind })
  }
  return runs
}
