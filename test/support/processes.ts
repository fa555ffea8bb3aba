import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'vite'
import { projectRoot } from './context'

/** Builds a program of the tests’ own, so that it can be started in processes that are killed. */
export const buildProgram = async (
  name: string,
  source: string,
): Promise<{ readonly path: string; remove(): void }> => {
  const folder = resolve(projectRoot, `node_modules/.cache/proml-test/${name}-${process.pid}`)
  await build({
    configFile: false,
    root: projectRoot,
    logLevel: 'error',
    resolve: { alias: { '@shared': resolve(projectRoot, 'shared') } },
    ssr: { target: 'node', noExternal: [/^@shared/] },
    build: {
      ssr: true,
      outDir: folder,
      target: 'node24',
      rollupOptions: {
        input: { [name]: resolve(projectRoot, source) },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  })
  return { path: join(folder, `${name}.js`), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface StartedProgram {
  readonly process: ChildProcess
  /** Lines it has written so far. */
  readonly lines: readonly string[]
  /** Resolves with the first line that begins so; rejects where the program ends without one. */
  line(beginning: string): Promise<string>
  /** Nothing of it runs any more. */
  kill(): Promise<void>
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

export const startProgram = (path: string, args: readonly string[]): StartedProgram => {
  const child = spawn(process.execPath, ['--no-warnings', path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  // Both: what it wrote last may arrive after it ended.
  const ended = Promise.all([
    new Promise<number | null>((done) => child.once('exit', done)),
    new Promise((done) => reader.once('close', done)),
  ]).then(([code]) => code)
  return {
    process: child,
    lines,
    ended,
    line: (beginning) =>
      new Promise((found, reject) => {
        const look = (): void => {
          const line = lines.find((one) => one.startsWith(beginning))
          if (line === undefined) return
          waiting.delete(look)
          found(line)
        }
        waiting.add(look)
        void ended.then((code) => reject(new Error(`The program ended with ${code} before it wrote “${beginning}”.`)))
        look()
      }),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
