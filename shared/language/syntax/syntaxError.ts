import type { Span } from '../../plan/plan'
import type { SyntaxProblem } from '../ast'
import { mechanicalFixes } from '../diagnostics/fixes'
import { syntaxDiagnostics } from '../diagnostics/syntax'

type Table = typeof syntaxDiagnostics
export type SyntaxCode = keyof Table
export type SyntaxParams<C extends SyntaxCode> = Parameters<Table[C]['message']>[0]

export const syntaxError = <C extends SyntaxCode>(code: C, span: Span, params: SyntaxParams<C>): SyntaxProblem => {
  const row: { message: (params: never) => string; mend: (params: never) => string } = syntaxDiagnostics[code]
  const values = params as never
  return {
    code,
    span,
    message: row.message(values),
    mend: row.mend(values),
    params,
    fixes: (text) => mechanicalFixes<SyntaxCode>(code, { text, span }, values),
  }
}
