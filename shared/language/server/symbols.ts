import type { TextDocument } from 'vscode-languageserver-textdocument'
import { type DocumentSymbol, SymbolKind, SymbolTag, type WorkspaceSymbol } from 'vscode-languageserver-types'
import type { Span } from '../../plan/plan'
import type { Attribute, Declaration, ModelDeclaration } from '../ast'
import type { Analysis } from './analysis'
import { detailOf } from './outline'
import { rangeOf } from './text'
import type { Snapshot } from './workspace'

const symbolKind: Readonly<Record<Declaration['kind'], SymbolKind>> = {
  source: SymbolKind.File,
  entity: SymbolKind.Class,
  feature: SymbolKind.Field,
  model: SymbolKind.Module,
}

export const symbolsOf = ({ document, namespace }: Analysis, text: TextDocument): DocumentSymbol[] =>
  document.declarations.map((declaration) => ({
    name: declaration.name.text,
    detail: [detailOf(declaration), namespace.types.get(`feature:${declaration.name.text}`)]
      .slice(0, declaration.kind === 'feature' ? 2 : 1)
      .filter(Boolean)
      .join(' · '),
    kind: symbolKind[declaration.kind],
    tags: isDeprecated(declaration) ? [SymbolTag.Deprecated] : undefined,
    range: rangeOf(text, declaration.span),
    selectionRange: rangeOf(text, declaration.name.span),
    children: childrenOf(declaration, text),
  }))

function childrenOf(declaration: Declaration, text: TextDocument): DocumentSymbol[] | undefined {
  switch (declaration.kind) {
    case 'entity':
      return declaration.keys.map(({ name, type }) =>
        symbol(
          text,
          SymbolKind.Key,
          name.text,
          type?.text ?? '',
          type ? around(name.span, type.span) : name.span,
          name.span,
        ),
      )
    case 'model':
      return modelChildren(declaration, text)
    case 'source':
    case 'feature':
      return undefined
  }
}

const modelChildren = (model: ModelDeclaration, text: TextDocument): DocumentSymbol[] => {
  const { predict, statements } = model
  const label = predict
    ? [symbol(text, SymbolKind.Variable, predict.name.text, 'label', predict.span, predict.name.span)]
    : []
  const named = statements.map(({ kind, name, span }) =>
    symbol(text, SymbolKind.Variable, name.text, kind, span, name.span),
  )
  const blocks = (['train', 'validate', 'health'] as const).flatMap((word) => {
    const block = model[word]
    return block ? [symbol(text, SymbolKind.Object, word, '', block.span, block.span)] : []
  })
  return [...label, ...named, ...blocks]
}

const symbol = (
  text: TextDocument,
  kind: SymbolKind,
  name: string,
  detail: string,
  span: Span,
  nameSpan: Span,
): DocumentSymbol => ({ name, detail, kind, range: rangeOf(text, span), selectionRange: rangeOf(text, nameSpan) })

const around = (first: Span, last: Span): Span => ({ start: first.start, end: Math.max(first.end, last.end) })

const isDeprecated = (declaration: Declaration): boolean =>
  declaration.kind === 'feature' && declaration.attributes.some(saysDeprecated)

const saysDeprecated = ({ name, value }: Attribute): boolean =>
  name.text === 'status' &&
  ((value?.kind === 'name' && value.name.text === 'deprecated') ||
    (value?.kind === 'call' && value.callee.text === 'deprecated'))

const symbolLimit = 1_000

/** Declarations of every file whose names have the letters asked for, in their order; the closest first. */
export function workspaceSymbols(snapshot: Snapshot, query: string): WorkspaceSymbol[] {
  const found = snapshot.analyses().flatMap((analysis) =>
    analysis.document.declarations.flatMap((declaration) => {
      const score = closeness(declaration.name.text, query)
      return score === null ? [] : [{ analysis, declaration, score }]
    }),
  )
  return found
    .sort((a, b) => b.score - a.score || (a.declaration.name.text < b.declaration.name.text ? -1 : 1))
    .slice(0, symbolLimit)
    .map(({ analysis, declaration }) => ({
      name: declaration.name.text,
      kind: symbolKind[declaration.kind],
      containerName: analysis.file,
      location: { uri: analysis.uri, range: rangeOf(analysis.text, declaration.name.span) },
    }))
}

/** Null where a letter is missing; a beginning is closer than a part, a part closer than scattered letters. */
function closeness(name: string, query: string): number | null {
  const lower = name.toLowerCase()
  const wanted = query.toLowerCase()
  if (lower.startsWith(wanted)) return 2
  if (lower.includes(wanted)) return 1
  let at = -1
  for (const letter of wanted) {
    at = lower.indexOf(letter, at + 1)
    if (at < 0) return null
  }
  return 0
}
