import {
  type CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type Diagnostic as ProtocolDiagnostic,
} from 'vscode-languageserver-types'
import type { Span } from '../../plan/plan'
import type { Diagnostic, Fix, TextEdit } from '../diagnostic'
import type { Analysis } from './analysis'
import { refactoringsAt } from './refactorings'
import { protocolEdit, rangeOf, touches } from './text'
import type { Snapshot } from './workspace'

export const fixAllKind = `${CodeActionKind.SourceFixAll}.proml`

/** Mends of the problems in a range, mends of all problems of their kinds, and other ways to write what stands there. */
export function actionsFor(
  snapshot: Snapshot,
  analysis: Analysis,
  span: Span,
  context: CodeActionContext,
): CodeAction[] {
  const isWanted = (kind: string): boolean =>
    !context.only || context.only.some((only) => kind === only || kind.startsWith(`${only}.`) || only === '')
  const here = analysis.diagnostics.filter((diagnostic) => touches(diagnostic.span, span))
  return [
    ...(isWanted(CodeActionKind.QuickFix)
      ? [...quickFixes(analysis, here, context), ...kindFixes(analysis, here)]
      : []),
    // Only where it is asked for by name: editors do so on save, and it is no answer to a cursor.
    ...(context.only && isWanted(fixAllKind) ? fixAll(analysis) : []),
    ...refactoringsAt(snapshot, analysis, span).filter(({ kind }) => isWanted(kind ?? '')),
  ]
}

const quickFixes = (analysis: Analysis, here: readonly Diagnostic[], context: CodeActionContext): CodeAction[] =>
  here.flatMap((diagnostic) =>
    diagnostic.fixes.map((fix) => ({
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: context.diagnostics.filter((told) => isTold(analysis, told, diagnostic)),
      isPreferred: diagnostic.fixes.length === 1,
      edit: editOf(analysis, fix.edits),
    })),
  )

const isTold = ({ text }: Analysis, told: ProtocolDiagnostic, { code, span }: Diagnostic): boolean => {
  const { start } = rangeOf(text, span)
  return told.code === code && told.range.start.line === start.line && told.range.start.character === start.character
}

/** “Fix all 4 like this” where the file has more problems of a kind that have one mend. */
function kindFixes(analysis: Analysis, here: readonly Diagnostic[]): CodeAction[] {
  const codes = new Set(here.filter(hasOneFix).map(({ code }) => code))
  return [...codes].flatMap((code) => {
    const alike = analysis.diagnostics.filter((diagnostic) => diagnostic.code === code && hasOneFix(diagnostic))
    if (alike.length < 2) return []
    const edits = editsOf(alike.flatMap(({ fixes }) => fixes))
    return [
      {
        title: `Fix all ${alike.length} problems of this kind`,
        kind: CodeActionKind.QuickFix,
        edit: editOf(analysis, edits),
      },
    ]
  })
}

const hasOneFix = ({ fixes }: Diagnostic): boolean => fixes.length === 1

/** Adds what errors say is missing, where there is one way to; what a person wrote stays. */
function fixAll(analysis: Analysis): CodeAction[] {
  const fixes = analysis.diagnostics
    .filter((diagnostic) => diagnostic.severity === 'error' && hasOneFix(diagnostic))
    .flatMap((diagnostic) => diagnostic.fixes)
    .filter(({ edits }) => edits.every(({ span }) => span.start === span.end))
  return fixes.length === 0
    ? []
    : [{ title: 'Add everything that is missing', kind: fixAllKind, edit: editOf(analysis, editsOf(fixes)) }]
}

/** All edits of the fixes that do not cut into those before them. */
function editsOf(fixes: readonly Fix[]): TextEdit[] {
  const startOf = ({ edits }: Fix): number => Math.min(...edits.map(({ span }) => span.start))
  let end = -1
  return fixes
    .toSorted((a, b) => startOf(a) - startOf(b))
    .flatMap((fix) => {
      if (startOf(fix) <= end) return []
      end = Math.max(...fix.edits.map(({ span }) => span.end))
      return fix.edits
    })
}

const editOf = ({ uri, text }: Analysis, edits: readonly TextEdit[]) => ({
  changes: { [uri]: edits.map((edit) => protocolEdit(text, edit)) },
})
