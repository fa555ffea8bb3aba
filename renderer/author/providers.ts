import type { CompletionItem, Hover, InlayHint, SignatureHelp } from 'vscode-languageserver-types'
import { monaco } from '../ui/monaco'
import { languageClient } from './languageClient'
import { languageId } from './promlLanguage'
import { documentOf, markdown, placeOf, protocolRange, rangeOf, textEdit } from './protocolText'

/** What the language server tells while one writes. */
const client = languageClient()

/** The protocol’s kinds count from 1 in another order than the editor’s. */
const kinds = monaco.languages.CompletionItemKind
const completionKinds: Readonly<Record<number, monaco.languages.CompletionItemKind>> = {
  3: kinds.Function,
  5: kinds.Field,
  6: kinds.Variable,
  7: kinds.Class,
  9: kinds.Module,
  10: kinds.Property,
  12: kinds.Value,
  14: kinds.Keyword,
  15: kinds.Snippet,
  17: kinds.File,
  20: kinds.EnumMember,
  25: kinds.TypeParameter,
}

/** The server’s own item of each one shown, to ask for its documentation. */
const shown = new WeakMap<monaco.languages.CompletionItem, CompletionItem>()

const suggestion = (item: CompletionItem, range: monaco.IRange): monaco.languages.CompletionItem => {
  const made: monaco.languages.CompletionItem = {
    label: item.label,
    kind: completionKinds[item.kind ?? 6] ?? kinds.Text,
    detail: item.detail,
    insertText: item.textEdit?.newText ?? item.insertText ?? item.label,
    insertTextRules:
      item.insertTextFormat === 2 ? monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet : undefined,
    sortText: item.sortText,
    filterText: item.filterText,
    range: item.textEdit && 'range' in item.textEdit ? rangeOf(item.textEdit.range) : range,
  }
  shown.set(made, item)
  return made
}

monaco.languages.registerCompletionItemProvider(languageId, {
  triggerCharacters: ['(', ',', ':', '"'],
  provideCompletionItems: async (model, position, _context, token) => {
    const items = await client.request<CompletionItem[]>('textDocument/completion', placeOf(model, position), token)
    const word = model.getWordUntilPosition(position)
    const range = {
      startLineNumber: position.lineNumber,
      endLineNumber: position.lineNumber,
      startColumn: word.startColumn,
      endColumn: word.endColumn,
    }
    return { suggestions: items.map((item) => suggestion(item, range)) }
  },
  resolveCompletionItem: async (made, token) => {
    const item = shown.get(made)
    if (!item) return made
    const { documentation } = await client.request<CompletionItem>('completionItem/resolve', item, token)
    return { ...made, documentation: markdown(documentation) }
  },
})

monaco.languages.registerSignatureHelpProvider(languageId, {
  signatureHelpTriggerCharacters: ['(', ','],
  signatureHelpRetriggerCharacters: [')'],
  provideSignatureHelp: async (model, position, token) => {
    const help = await client.request<SignatureHelp | null>(
      'textDocument/signatureHelp',
      placeOf(model, position),
      token,
    )
    if (!help) return null
    const signatures = help.signatures.map((signature) => ({
      label: signature.label,
      documentation: markdown(signature.documentation),
      parameters: (signature.parameters ?? []).map((parameter) => ({
        label: parameter.label,
        documentation: markdown(parameter.documentation),
      })),
    }))
    // A parameter that there is none of: the editor marks nothing.
    const activeParameter = help.activeParameter ?? signatures[0]?.parameters.length ?? 0
    return { value: { signatures, activeSignature: help.activeSignature ?? 0, activeParameter }, dispose: () => {} }
  },
})

monaco.languages.registerHoverProvider(languageId, {
  provideHover: async (model, position, token) => {
    const hover = await client.request<Hover | null>('textDocument/hover', placeOf(model, position), token)
    const text = hover ? markdown(hover.contents) : undefined
    return hover && text ? { contents: [text], range: hover.range && rangeOf(hover.range) } : null
  },
})

const inlayChanged = new monaco.Emitter<void>()
// Types of what a hint stands at may come from another file, or from columns that were just read.
client.onDidCheck(() => inlayChanged.fire())

monaco.languages.registerInlayHintsProvider(languageId, {
  onDidChangeInlayHints: inlayChanged.event,
  provideInlayHints: async (model, range, token) => {
    const hints = await client.request<InlayHint[]>(
      'textDocument/inlayHint',
      { ...documentOf(model), range: protocolRange(range) },
      token,
    )
    return {
      hints: hints.map((hint) => ({
        label: typeof hint.label === 'string' ? hint.label : hint.label.map(({ value }) => value).join(''),
        position: { lineNumber: hint.position.line + 1, column: hint.position.character + 1 },
        kind: hint.kind === 2 ? monaco.languages.InlayHintKind.Parameter : monaco.languages.InlayHintKind.Type,
        paddingRight: hint.paddingRight,
        textEdits: hint.textEdits?.map(textEdit),
      })),
      dispose: () => {},
    }
  },
})
