import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '../context'

const rotateAtBytes = 5 * 1024 * 1024

const describe = (detail: unknown): string => {
  if (detail === undefined) return ''
  if (detail instanceof Error) return ` ${detail.stack ?? detail.message}`
  return ` ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`
}

/** A log file that a person can send: one line a message, rotated once at 5 MiB. A full disk never stops the studio. */
export const fileLogger = (path: string, echo: (line: string) => void = () => {}): Logger => {
  mkdirSync(dirname(path), { recursive: true })
  const write = (level: string, message: string, detail: unknown): void => {
    const line = `${new Date().toISOString()} ${level} ${message}${describe(detail)}`
    echo(line)
    try {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > rotateAtBytes) renameSync(path, `${path}.1`)
      appendFileSync(path, `${line}\n`, { mode: 0o600 })
    } catch {
      // Logging must not fail what it tells of.
    }
  }
  return {
    info: (message, detail) => write('info', message, detail),
    warn: (message, detail) => write('warn', message, detail),
    error: (message, detail) => write('error', message, detail),
  }
}
