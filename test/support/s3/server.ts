import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { projectRoot } from '../context'

/** Python with moto, which `npm test` prepares; `PROML_S3_PYTHON` names another. */
export const s3Python = (): string | null =>
  [
    process.env.PROML_S3_PYTHON,
    ...['bin/python', 'Scripts/python.exe'].map((path) => join(projectRoot, '.cache/s3-server', path)),
  ].find((path) => path !== undefined && existsSync(path)) ?? null

const key = z.object({ accessKeyId: z.string(), secretAccessKey: z.string(), endpoint: z.string() })
const useSchema = z.object({ reader: key, stranger: key, endpoint: z.string() })
export type S3Use = z.infer<typeof useSchema>

type Order =
  | { readonly do: 'put'; readonly key: string; readonly text: string }
  | { readonly do: 'put'; readonly key: string; readonly path: string }
  | { readonly do: 'many'; readonly prefix: string; readonly count: number }
  /** From now on signatures are checked, after so many more requests. */
  | { readonly do: 'lock'; readonly after: number | string }

export interface S3Server {
  order(order: Order): Promise<S3Use>
  /** Ends the process: a server that only stops listening answers on in the connections it has. */
  remove(): Promise<void>
}

/** A real server of S3’s protocol that checks signatures and rights; its bucket is `lake`. */
export const s3Server = (python: string): S3Server => {
  const child: ChildProcess = spawn(python, [join(projectRoot, 'test/support/s3/server.py')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const answers = child.stdout ? createInterface({ input: child.stdout })[Symbol.asyncIterator]() : null
  return {
    async order(order) {
      child.stdin?.write(`${JSON.stringify(order)}\n`)
      const line = await answers?.next()
      if (line === undefined || line.done) throw new Error('The S3 server has ended.')
      return useSchema.parse(JSON.parse(line.value))
    },
    async remove() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
    },
  }
}
