import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { StudioError } from '@shared/errors'
import type { Logger } from '../context'
import { notStarted } from './engineFailures'
import type { EngineAnswer, EngineSettings } from './engineMessages'

export interface EngineChild {
  readonly process: ChildProcess
  /** DuckDB’s version, once it answers. */
  readonly ready: Promise<string>
}

export interface EngineChildListener {
  onAnswer(answer: EngineAnswer): void
  /** It is dead, or as good as dead; called once. */
  onGone(why: string): void
}

const startDeadlineMs = 20_000

/** Starts the DuckDB process. `code` is the folder with `duckdb-process.js`. */
export const startEngineChild = (
  code: string,
  settings: EngineSettings,
  log: Logger,
  listener: EngineChildListener,
): EngineChild => {
  const child = fork(join(code, 'duckdb-process.js'), [JSON.stringify(settings)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', UV_THREADPOOL_SIZE: '8' },
    execArgv: [],
  })
  child.stderr?.on('data', (text: Buffer) => log.warn('Data engine', text.toString().slice(0, 2000)))
  const ready = new Promise<string>((resolve, reject: (error: StudioError) => void) => {
    const deadline = setTimeout(() => child.kill('SIGKILL'), startDeadlineMs)
    let isGone = false
    const gone = (why: string): void => {
      if (isGone) return
      isGone = true
      clearTimeout(deadline)
      reject(notStarted(why))
      listener.onGone(why)
    }
    child.on('error', (error) => gone(error.message))
    child.on('exit', (exitCode, signal) => gone(signal ?? `exit ${exitCode}`))
    child.on('message', (answer: EngineAnswer) => {
      if (answer.kind === 'ready') {
        clearTimeout(deadline)
        resolve(answer.version)
      } else if (answer.kind === 'refused') gone(answer.message)
      else listener.onAnswer(answer)
    })
  })
  ready.catch(() => {})
  return { process: child, ready }
}

export const endProcess = async (child: ChildProcess): Promise<void> => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await ended
}
