import { homedir } from 'node:os'
import { join } from 'node:path'

/** Per-user folder for settings, logs and the managed Python environment. `PROML_HOME` overrides it. */
export const studioHome = (
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string => {
  if (environment.PROML_HOME) return environment.PROML_HOME
  if (platform === 'win32') return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'proml-studio')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'proml-studio')
  return join(environment.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'proml-studio')
}
