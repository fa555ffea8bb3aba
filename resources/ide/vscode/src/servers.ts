import { commands, type LogOutputChannel, RelativePattern, type TextDocument, Uri, window, workspace } from 'vscode'
import { LanguageClient, RevealOutputChannelOn, State } from 'vscode-languageclient/node'
import type { ServerCommand } from './findServer'
import { rootOf, serverCommandFor } from './serverCommand'
import { createStatus, type ServerState } from './status'

export interface Servers {
  /** Ends every server and waits until they have gone. */
  readonly stop: () => Promise<void>
}

const states: Readonly<Record<State, ServerState>> = {
  [State.Starting]: 'starting',
  [State.Running]: 'running',
  [State.StartFailed]: 'failed',
  [State.Stopped]: 'stopped',
}

const missingMessage =
  'The language server of Pro-ML was not found, so there are colours but no checking and no completion. ' +
  'Put proml on the PATH (npm link in the project does), or name it in the setting proml.command.'

const createClient = (root: string, { command, args, needsShell }: ServerCommand, output: LogOutputChannel) =>
  new LanguageClient(
    'proml',
    'Pro-ML',
    { command, args: [...args, 'lsp'], options: { cwd: root, shell: needsShell } },
    {
      documentSelector: [
        { scheme: 'file', language: 'proml', pattern: { baseUri: Uri.file(root).toString(), pattern: '**/*' } },
      ],
      outputChannel: output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // Columns are read anew when a data file changes.
      synchronize: {
        fileEvents: workspace.createFileSystemWatcher(
          new RelativePattern(Uri.file(root), '**/*.{proml,parquet,csv,json,ndjson,arrow}'),
        ),
      },
    },
  )

/** One server for each workspace of which a program is open. */
export const startServers = (output: LogOutputChannel): Servers => {
  const clients = new Map<string, LanguageClient>()
  const status = createStatus()
  let isTold = false

  const tellMissing = async (): Promise<void> => {
    status.show('missing')
    if (isTold) return
    isTold = true
    const openSetting = 'Open Setting'
    if ((await window.showWarningMessage(missingMessage, openSetting)) === openSetting)
      await commands.executeCommand('workbench.action.openSettings', 'proml.command')
  }

  const open = async (document: TextDocument): Promise<void> => {
    if (document.languageId !== 'proml' || document.uri.scheme !== 'file') return
    const root = rootOf(document.uri)
    if (clients.has(root)) return
    const found = serverCommandFor(document.uri)
    if (!found) return tellMissing()
    output.info(`${root}: ${[found.command, ...found.args, 'lsp'].join(' ')}`)
    const client = createClient(root, found, output)
    clients.set(root, client)
    client.onDidChangeState(({ newState }) => status.show(states[newState]))
    await client.start()
  }

  const openAll = (documents: readonly TextDocument[]): void => {
    for (const document of documents) open(document).catch((error: unknown) => output.error(String(error)))
  }

  const opening = workspace.onDidOpenTextDocument((document) => openAll([document]))
  openAll(workspace.textDocuments)
  return {
    stop: async () => {
      opening.dispose()
      status.dispose()
      await Promise.allSettled([...clients.values()].map((client) => client.dispose()))
    },
  }
}
