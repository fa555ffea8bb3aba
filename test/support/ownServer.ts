import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'

export interface OwnServer {
  /** Resolves once it answers. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** A server that a test starts and stops as often as it likes. */
export const ownServer = (
  name: string,
  {
    spawn,
    isThere,
    stopBy,
  }: { spawn: () => ChildProcess; isThere: () => Promise<unknown>; stopBy: 'SIGINT' | 'SIGKILL' },
): OwnServer => {
  let child: ChildProcess | null = null
  return {
    start: async () => {
      child = spawn()
      for (let attempt = 0; attempt < 200; attempt += 1) {
        const answers = await isThere().then(
          () => true,
          () => false,
        )
        if (answers) return
        await pause(50)
      }
      throw new Error(`${name} did not start.`)
    },
    stop: async () => {
      const running = child
      child = null
      if (!running || running.exitCode !== null) return
      const ended = new Promise((resolve) => running.once('exit', resolve))
      running.kill(stopBy)
      await ended
    },
  }
}
