import {
  type ClientCapabilities,
  CodeActionKind,
  type ServerCapabilities,
  TextDocumentSyncKind,
} from 'vscode-languageserver'
import { z } from 'zod'
import { fixAllKind } from './actions'
import type { DiagnosticsMode } from './checks'
import type { InlaySettings } from './inlay'
import { tokenModifiers, tokenTypes } from './semanticTokens'

export const capabilitiesFor = (mode: DiagnosticsMode): ServerCapabilities => ({
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  completionProvider: { triggerCharacters: ['(', ',', ' ', ':'], resolveProvider: true },
  signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [')'] },
  hoverProvider: true,
  definitionProvider: true,
  typeDefinitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  documentLinkProvider: {},
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  selectionRangeProvider: true,
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  documentOnTypeFormattingProvider: { firstTriggerCharacter: '}' },
  codeActionProvider: {
    codeActionKinds: [
      CodeActionKind.QuickFix,
      CodeActionKind.RefactorExtract,
      CodeActionKind.RefactorInline,
      CodeActionKind.RefactorRewrite,
      fixAllKind,
    ],
  },
  codeLensProvider: { resolveProvider: true },
  inlayHintProvider: true,
  callHierarchyProvider: true,
  semanticTokensProvider: { legend: { tokenTypes, tokenModifiers }, full: true },
  ...(mode === 'pull'
    ? { diagnosticProvider: { identifier: 'proml', interFileDependencies: true, workspaceDiagnostics: true } }
    : {}),
})

const inlaySchema = z.object({ types: z.boolean().optional(), parameters: z.boolean().optional() })
const settingsSchema = z.object({ inlayHints: inlaySchema.optional() })
const initializationSchema = settingsSchema.extend({ studio: z.boolean().optional() })
/** `workspace/didChangeConfiguration` sends everything, or what stands under the server’s own name. */
const changedSchema = z.object({ proml: settingsSchema })

const defaultHints: InlaySettings = { types: true, parameters: true }

export const modeOf = (client: ClientCapabilities, options: unknown): DiagnosticsMode => {
  if (initializationSchema.safeParse(options).data?.studio) return 'studio'
  return client.textDocument?.diagnostic ? 'pull' : 'push'
}

/** What is not said stays as it was. */
export const inlaySettingsOf = (settings: unknown, before: InlaySettings = defaultHints): InlaySettings => {
  const own = changedSchema.safeParse(settings).data?.proml ?? settingsSchema.safeParse(settings).data
  return {
    types: own?.inlayHints?.types ?? before.types,
    parameters: own?.inlayHints?.parameters ?? before.parameters,
  }
}
