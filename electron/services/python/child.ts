import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { StudioError } from '@shared/errors'

/** Lines kept for a report; the rest went to `onLine`. */
const keptLines = 200

/**
 * Runs a program to its end and hands out its lines (both streams) as they come. Cancelling ends its whole process
 * group, since pip starts children of its own; that rejects with `cancelled` and the last lines as detail.
 */
export const runChild = (
  program: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; signal?: AbortSignal; onLine?: (line: string) => void },
): Promise<{ code: number; lines: string[] }> =>
  new Promise((done, fail) => {
    const isGroup = process.platform !== 'win32'
    const child = spawn(program, [...args], {
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isGroup,
      windowsHide: true,
    })
    const lines: string[] = []
    const keep = (line: string): void => {
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      options.onLine?.(line)
    }
    const readers = [child.stdout, child.stderr].map((input) => createInterface({ input }).on('line', keep))
    const drained = Promise.all(readers.map((reader) => new Promise<void>((end) => reader.once('close', end))))
    const kill = (): void => {
      try {
        if (isGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It ended by itself in the meantime.
      }
    }
    if (options.signal?.aborted) kill()
    options.signal?.addEventListener('abort', kill, { once: true })
    // A group of its own outlives Ctrl+C in our terminal unless we end it.
    process.once('exit', kill)
    const settle = (): void => {
      options.signal?.removeEventListener('abort', kill)
      process.removeListener('exit', kill)
    }
    child.once('error', (error) => {
      settle()
      fail(new StudioError('python_failed', `\`${program}\` could not be started.`, { cause: error }))
    })
    child.once('close', (code) => {
      settle()
      if (options.signal?.aborted) {
        fail(new StudioError('cancelled', 'Cancelled.', { detail: lines.slice(-15).join('\n') }))
        return
      }
      void drained.then(() => done({ code: code ?? 1, lines }))
    })
  })
