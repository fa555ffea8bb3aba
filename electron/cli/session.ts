import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { StudioError } from '@shared/errors'
import type { Job } from '@shared/jobs/job'
import { createClient, type StudioClient } from '@shared/rpc/client'
import { localTransportPair } from '@shared/rpc/local'
import { serveTransport } from '@shared/rpc/server'
import { type StudioContract, studioContract } from '@shared/rpc/studio'
import type { Platform } from '../services/context'
import { studioHome } from '../services/platform/home'
import { fileLogger } from '../services/platform/log'
import { sessionSecrets } from '../services/platform/secrets'
import { createStudio, type Studio } from '../services/studio'

/** How a command speaks: results on stdout (JSON when asked), progress and remarks on stderr. */
export interface Terminal {
  readonly isJson: boolean
  print(text: string): void
  json(value: unknown): void
  note(text: string): void
  progress(text: string): void
  clearProgress(): void
  /** Progress for a program that follows: one JSON line on stderr, where `--events` asked for it. */
  event(value: Readonly<Record<string, unknown>>): void
}

export const createTerminal = (isJson: boolean, hasEvents = false): Terminal => {
  const isInteractive = process.stderr.isTTY === true
  let isShown = false
  const clearProgress = () => {
    if (isShown && isInteractive) process.stderr.write('\r\x1b[2K')
    isShown = false
  }
  return {
    isJson,
    print: (text) => void process.stdout.write(`${text}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (text) => {
      clearProgress()
      process.stderr.write(`${text}\n`)
    },
    progress: (text) => {
      if (!isInteractive) return
      clearProgress()
      process.stderr.write(text.slice(0, (process.stderr.columns ?? 80) - 1))
      isShown = true
    },
    clearProgress,
    event: (value) => {
      if (hasEvents) process.stderr.write(`${JSON.stringify(value)}\n`)
    },
  }
}

export interface Session {
  readonly root: string
  readonly studio: StudioClient<StudioContract>['studio']
  readonly services: Studio['services']
  readonly terminal: Terminal
  /** A path as the person typed it, relative to the workspace. */
  path(typed: string): string
  /** Waits for a job with its progress shown; rejects with the job’s error. Ctrl+C cancels it first. */
  job(jobId: string): Promise<Job>
}

/**
 * The workspace of a path: the nearest folder upward that the studio has worked in (it holds `.proml/`), else the nearest
 * one with a `.proml` file in it, no higher than where the command was given, else the folder itself.
 */
export const workspaceOf = (path: string): string => {
  const absolute = resolve(path)
  const start = existsSync(absolute) && statSync(absolute).isDirectory() ? absolute : dirname(absolute)
  const here = process.cwd()
  const highest = start === here || start.startsWith(here + sep) ? here : start
  return nearestFolder(start, isStudioFolder) ?? nearestFolder(start, hasProgram, highest) ?? start
}

const nearestFolder = (start: string, isOne: (folder: string) => boolean, highest?: string): string | null => {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isOne(folder)) return folder
    if (folder === highest || dirname(folder) === folder) return null
  }
}

const isStudioFolder = (folder: string): boolean => {
  const mark = join(folder, '.proml')
  return existsSync(mark) && statSync(mark).isDirectory()
}

const hasProgram = (folder: string): boolean => {
  try {
    return readdirSync(folder).some((name) => name.length > '.proml'.length && name.endsWith('.proml'))
  } catch {
    return false
  }
}

/** What a program will hold, from a file that an editor or a notebook wrote for us; `-` is standard input. */
export const unsavedText = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file === '-' ? 0 : file, 'utf8')

export const cliPlatform = (): Platform => {
  const code = import.meta.dirname
  return {
    host: 'cli',
    home: studioHome(),
    resources: resolve(code, '../../resources'),
    code,
    secrets: sessionSecrets(),
  }
}

/** Where a signal would end the process at once, what was made only for this command goes first. */
const leavingOn = (signals: readonly NodeJS.Signals[], leave: () => Promise<void>, isHeld: () => boolean) => {
  let isAsked = false
  const listeners = signals.map((signal) => {
    const listener = (): void => {
      // The first Ctrl+C cancels what runs, which then ends by itself.
      if (signal === 'SIGINT' && isHeld() && !isAsked) {
        isAsked = true
        return
      }
      process.off(signal, listener)
      void leave().finally(() => process.kill(process.pid, signal))
    }
    process.on(signal, listener)
    return [signal, listener] as const
  })
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener)
  }
}

interface StudioChoice {
  readonly root: string
  readonly isJson: boolean
  readonly hasEvents?: boolean
  /** A command that keeps nothing: in a folder without `.proml` it leaves none. */
  readonly isOnlyRead?: boolean
}

/** Runs work with all services on a workspace and closes them, whatever happens. */
export const withStudio = async <T>(options: StudioChoice, work: (session: Session) => Promise<T>): Promise<T> => {
  const platform = cliPlatform()
  const terminal = createTerminal(options.isJson, options.hasEvents)
  const log = fileLogger(join(platform.home, 'logs', 'cli.log'))
  if (!existsSync(options.root))
    throw new StudioError('not_found', `There is no folder ${options.root}.`, { hint: 'Name an existing folder.' })
  const { root: folder, isOnlyRead } = options
  const studio = createStudio({ platform, root: folder, log, isTrusted: true, isOnlyRead })
  let jobs = 0
  const stopListening = isOnlyRead ? leavingOn(['SIGINT', 'SIGTERM', 'SIGHUP'], studio.dispose, () => jobs > 0) : null
  const pair = localTransportPair()
  const served = serveTransport(studio.dispatcher, pair.server)
  studio.onEvent(served.emit)
  const client = createClient(studioContract, pair.client)
  const job: Session['job'] = async (jobId) => {
    const interrupt = () => {
      terminal.note('Stopping…')
      void client.studio.jobs.cancel({ id: jobId })
    }
    process.once('SIGINT', interrupt)
    const stop = client.onEvent('jobs', 'changed', (changed) => {
      if (changed.id !== jobId || changed.state !== 'running') return
      const share = changed.progress === null ? '' : ` ${Math.round(changed.progress * 100)} %`
      terminal.progress(`${changed.title}${share}  ${changed.message}`)
      const { title, progress, message } = changed
      terminal.event({ type: 'progress', title, fraction: progress, message })
    })
    const stopMetrics = client.onEvent('training', 'metric', ({ points }) => terminal.event({ type: 'metric', points }))
    jobs += 1
    try {
      await studio.services.jobs.finished(jobId)
      return await client.studio.jobs.get({ id: jobId })
    } finally {
      jobs -= 1
      stop()
      stopMetrics()
      process.removeListener('SIGINT', interrupt)
      terminal.clearProgress()
    }
  }

  try {
    const { root } = await client.studio.workspace.info({})
    return await work({
      root,
      studio: client.studio,
      services: studio.services,
      terminal,
      path: (typed) => relative(root, resolve(typed)).split(sep).join('/'),
      job,
    })
  } finally {
    await studio.dispose()
    stopListening?.()
  }
}
