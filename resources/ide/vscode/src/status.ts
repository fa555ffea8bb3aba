import { type Disposable, LanguageStatusSeverity, languages } from 'vscode'

export type ServerState = 'starting' | 'running' | 'stopped' | 'missing' | 'failed'

export interface Status extends Disposable {
  readonly show: (state: ServerState) => void
}

const looks: Readonly<Record<ServerState, { text: string; detail: string; severity: LanguageStatusSeverity }>> = {
  starting: { text: '$(loading~spin) Pro-ML', detail: 'starting', severity: LanguageStatusSeverity.Information },
  running: { text: 'Pro-ML', detail: 'checks against your data', severity: LanguageStatusSeverity.Information },
  stopped: { text: 'Pro-ML', detail: 'stopped', severity: LanguageStatusSeverity.Warning },
  missing: { text: 'Pro-ML', detail: 'not found: colours only', severity: LanguageStatusSeverity.Warning },
  failed: { text: 'Pro-ML', detail: 'did not start', severity: LanguageStatusSeverity.Error },
}

/** How the server is, where VS Code shows how languages are: behind `{}` in the status bar. */
export const createStatus = (): Status => {
  const item = languages.createLanguageStatusItem('proml.server', { language: 'proml' })
  item.name = 'Pro-ML'
  item.command = { command: 'proml.showOutput', title: 'Show Output' }
  return {
    show: (state) => {
      Object.assign(item, looks[state], { busy: state === 'starting' })
    },
    dispose: () => item.dispose(),
  }
}
