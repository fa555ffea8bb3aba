import type { TextDocument } from 'vscode-languageserver-textdocument'
import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver-types'
import { columnPlaces } from '../../graph/columns'
import { type GraphEditResult, renameName } from '../../graph/edit'
import { nameAt } from '../../graph/names'
import type { Span } from '../../plan/plan'
import type { Declaration } from '../ast'
import type { Analysis } from './analysis'
import { detailOf } from './outline'

/** Where the name at an offset is declared; for a column, the source that it comes from. */
export function definitionAt(analysis: Analysis, offset: number): Span | null {
  const column = columnPlaces(analysis.document, analysis.columnNames).find(
    ({ span }) => span.start <= offset && offset <= span.end,
  )
  if (column) return analysis.names.byId.get(`source:${column.source}`)?.nameSpan ?? null
  return nameAt(analysis.names, offset)?.named.nameSpan ?? null
}

/** Every place that means what stands at an offset. */
export function referencesAt(analysis: Analysis, offset: number): Span[] {
  const found = nameAt(analysis.names, offset)
  if (found) return found.named.places.map(({ span }) => span)
  const columns = columnPlaces(analysis.document, analysis.columnNames)
  const column = columns.find(({ span }) => span.start <= offset && offset <= span.end)
  return columns.filter(({ name, source }) => name === column?.name && source === column.source).map(({ span }) => span)
}

export const renamable = (analysis: Analysis, offset: number): { span: Span; name: string } | null => {
  const found = nameAt(analysis.names, offset)
  return found ? { span: found.place.span, name: found.named.name } : null
}

export function renameAt(analysis: Analysis, offset: number, name: string): GraphEditResult {
  const found = nameAt(analysis.names, offset)
  if (found) return renameName(analysis.document, found.named.id, name, analysis.columnNames)
  return {
    ok: false,
    error: {
      code: 'invalid_input',
      message: 'Only names that this file declares can be renamed here.',
      hint: 'A column keeps the name that its file gives it; give a use a name of its own.',
    },
  }
}

const symbolKind: Readonly<Record<Declaration['kind'], SymbolKind>> = {
  source: SymbolKind.File,
  entity: SymbolKind.Class,
  feature: SymbolKind.Field,
  model: SymbolKind.Module,
}

export const symbolsOf = (analysis: Analysis, text: TextDocument): DocumentSymbol[] => {
  const range = ({ start, end }: Span) => ({ start: text.positionAt(start), end: text.positionAt(end) })
  return analysis.document.declarations.map((declaration) => ({
    name: declaration.name.text,
    detail: detailOf(declaration),
    kind: symbolKind[declaration.kind],
    range: range(declaration.span),
    selectionRange: range(declaration.name.span),
    children:
      declaration.kind === 'model'
        ? declaration.statements.map((statement) => ({
            name: statement.name.text,
            detail: statement.kind,
            kind: SymbolKind.Variable,
            range: range(statement.span),
            selectionRange: range(statement.name.span),
          }))
        : undefined,
  }))
}
