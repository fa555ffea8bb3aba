import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { toStudioError } from '@shared/errors'
import type { Platform } from '../services/context'
import { studioHome } from '../services/platform/home'
import { fileLogger } from '../services/platform/log'
import { sessionSecrets } from '../services/platform/secrets'
import { createStudio } from '../services/studio'
import { startHostServer } from './server'

/** `node out/main/host.js --workspace <folder> [--port <n>]`: the studio in a browser. Prints one line with its address. */
const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      workspace: { type: 'string' },
      port: { type: 'string', default: '0' },
      verbose: { type: 'boolean', default: false },
    },
  })
  const code = import.meta.dirname
  const home = studioHome()
  const platform: Platform = {
    host: 'browser',
    home,
    resources: resolve(code, '../../resources'),
    code,
    secrets: sessionSecrets(),
  }
  const log = fileLogger(
    join(home, 'logs', 'studio.log'),
    values.verbose ? (line) => process.stderr.write(`${line}\n`) : undefined,
  )
  const root = resolve(values.workspace ?? process.cwd())
  const studio = createStudio({ platform, root, log, isTrusted: true })
  const server = await startHostServer({
    studio,
    pages: resolve(code, '../renderer'),
    port: Number(values.port),
    token: process.env.PROML_HOST_TOKEN,
  })
  process.stdout.write(`Pro-ML Studio: ${server.url()}\n`)
  server.onDidConnect(() => process.stdout.write(`Opened. For another browser: ${server.url()}\n`))
  // The environment is made in the background; the window shows its progress.
  void studio.services.python.handlers
    .ensure({}, { signal: new AbortController().signal })
    .catch((error: unknown) => log.warn('Python is not ready.', error))

  let isClosing = false
  const close = async (): Promise<void> => {
    if (isClosing) return
    isClosing = true
    // A stuck child must not keep a terminal waiting.
    setTimeout(() => process.exit(0), 8000).unref()
    await server.close()
    await studio.dispose()
    process.exit(0)
  }
  process.on('SIGINT', () => void close())
  process.on('SIGTERM', () => void close())
  process.on('unhandledRejection', (reason) => log.error('Unhandled rejection.', reason))
  process.on('uncaughtException', (error) => log.error('Uncaught exception.', error))
}

main().catch((error: unknown) => {
  const { message, hint } = toStudioError(error)
  process.stderr.write(`${message}${hint ? `\n${hint}` : ''}\n`)
  process.exit(1)
})
