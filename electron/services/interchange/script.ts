import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import type { Platform } from '../context'
import { ensureManagedPython, type PythonLock } from '../python/managed'

export interface ScriptRun {
  readonly platform: Pick<Platform, 'home' | 'resources'>
  readonly lock: PythonLock
  /** A file of `resources/python/interchange`. */
  readonly script: string
  readonly args: readonly string[]
  readonly folder: string
  readonly deadlineMs: number
  /** What takes too long, for the error: `The repository`. */
  readonly subject: string
  readonly signal: AbortSignal
  readonly onProgress: (fraction: number | null, message: string) => void
  readonly onLine: (line: string) => void
}

const keptOutput = 64 * 1024 * 1024
const keptErrors = 4_000

/** Only what a process needs to run at all: no token and no password of ours goes to code that came with a repository. */
const passedOn = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'SYSTEMROOT', 'USERPROFILE', 'APPDATA']

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  ),
  PYTHONUTF8: '1',
  PYTHONNOUSERSITE: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  // Feast counts its uses by asking a server, unless told not to.
  FEAST_USAGE: 'False',
})

/** Runs a script in an environment of its own to its end and gives what it wrote to standard output. It is ended at its deadline. */
export const runScript = async (run: ScriptRun): Promise<string> => {
  const { platform, lock, signal, onProgress, onLine } = run
  const python = await ensureManagedPython({
    home: platform.home,
    resources: platform.resources,
    lock,
    signal,
    onLine,
    onProgress: (fraction, message) => onProgress(fraction === null ? null : 0.9 * fraction, message),
  })
  const script = join(platform.resources, 'python', 'interchange', run.script)
  return output(python, ['-s', script, ...run.args], run)
}

const output = (python: string, args: readonly string[], run: ScriptRun): Promise<string> =>
  new Promise((done, fail) => {
    const isGroup = process.platform !== 'win32'
    const child = spawn(python, [...args], {
      cwd: run.folder,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isGroup,
      windowsHide: true,
    })
    let text = ''
    let errors = ''
    let failure: StudioError | null = null
    const end = (error: StudioError): void => {
      failure ??= error
      try {
        if (isGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It ended by itself in the meantime.
      }
    }
    const cancel = (): void => end(new StudioError('cancelled', 'Cancelled.'))
    const leave = (): void => end(new StudioError('cancelled', 'The studio is closing.'))
    const timer = setTimeout(
      () =>
        end(
          new StudioError(
            'deadline_exceeded',
            `${run.subject} took longer than ${run.deadlineMs / 1000} seconds to read.`,
            {
              hint: 'Look for a loop, or for a connection that it waits for, at the top of its files.',
            },
          ),
        ),
      run.deadlineMs,
    )
    run.signal.addEventListener('abort', cancel, { once: true })
    process.once('exit', leave)
    if (run.signal.aborted) cancel()
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.length > keptOutput) end(new StudioError('unreadable_file', `${run.subject} says more than 64 MiB.`))
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors = (errors + chunk).slice(-keptErrors)
    })
    const settle = (): void => {
      clearTimeout(timer)
      run.signal.removeEventListener('abort', cancel)
      process.removeListener('exit', leave)
    }
    child.once('error', (cause) => {
      settle()
      fail(new StudioError('python_failed', 'The environment’s Python could not be started.', { cause }))
    })
    child.once('close', (code, signal) => {
      settle()
      if (failure) fail(failure)
      else if (code === 0) done(text)
      else
        fail(
          new StudioError(
            'python_failed',
            `${run.subject} could not be read: Python ended with ${signal ?? `exit code ${code}`}.`,
            {
              hint: errors.trim().split('\n').at(-1) || 'The log says more.',
              detail: errors,
            },
          ),
        )
    })
  })
