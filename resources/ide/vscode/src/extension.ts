import { commands, type ExtensionContext, window, workspace } from 'vscode'
import { lensCommands } from './commands'
import { type Servers, startServers } from './servers'

let servers: Servers | null = null

/** In a folder that is not trusted VS Code gives colours only: the server is a program that may stand in the folder. */
export const activate = (context: ExtensionContext): void => {
  const output = window.createOutputChannel('Pro-ML', { log: true })
  const begin = (): void => {
    servers ??= startServers(output)
  }
  context.subscriptions.push(
    output,
    commands.registerCommand('proml.showOutput', () => output.show()),
    commands.registerCommand('proml.restart', async () => {
      await servers?.stop()
      servers = null
      if (workspace.isTrusted) begin()
    }),
    workspace.onDidGrantWorkspaceTrust(begin),
    ...lensCommands(),
  )
  if (workspace.isTrusted) begin()
}

export const deactivate = (): Promise<void> | undefined => servers?.stop()
