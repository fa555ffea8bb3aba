import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { projectRoot } from '../support/context'

const pythonOf = (folder: string, named: string | undefined): string | null =>
  [named, ...['bin/python', 'Scripts/python.exe'].map((path) => join(projectRoot, '.cache', folder, path))].find(
    (path) => path !== undefined && existsSync(path),
  ) ?? null

/** Python with sqlglot, which `npm test` prepares; `PROML_SQL_PYTHON` names another. */
export const parserPython = (): string | null => pythonOf('sql-parser', process.env.PROML_SQL_PYTHON)
/** Python with PySpark, which `npm run test:long` prepares; `PROML_SPARK_PYTHON` names another. */
export const sparkPython = (): string | null => pythonOf('spark', process.env.PROML_SPARK_PYTHON)

/** A program that answers each line of JSON with one. */
const lines = (python: string, args: readonly string[]) => {
  const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4000)
  })
  return {
    async ask(question: unknown): Promise<unknown> {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      const line = await answers.next()
      if (line.done) throw new Error(`The program has ended: ${said}`)
      return JSON.parse(line.value)
    },
    async end(): Promise<void> {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end()
      if (child.exitCode === null) await ended
    },
  }
}

const parsed = z.array(z.object({ kind: z.string(), error: z.string().nullable() }))
export interface Parser {
  /** What each statement is, or why it is none. */
  parse(statements: readonly string[]): Promise<z.infer<typeof parsed>>
  end(): Promise<void>
}

/** A parser of Spark’s SQL that is none of ours. */
export const openParser = (python: string): Parser => {
  const { ask, end } = lines(python, [join(import.meta.dirname, 'parser/parse.py')])
  return { parse: async (statements) => parsed.parse(await ask(statements)), end }
}

const answerSchema = z.object({ version: z.string(), error: z.string().nullable() })

export interface Spark {
  /** Runs the statements, and writes what the last one gives as Parquet files into a folder; the version that did. */
  run(statements: readonly string[], output: string): Promise<string>
  end(): Promise<void>
}

/** A real Spark on this machine. */
export const openSpark = (python: string, folder: string): Spark => {
  const { ask, end } = lines(python, [join(import.meta.dirname, 'engine/run.py'), folder])
  return {
    async run(statements, output) {
      const { version, error } = answerSchema.parse(await ask({ statements, output }))
      if (error !== null) throw new Error(`${error.slice(0, 2000)}\n${statements.at(-1)}`)
      return version
    },
    end,
  }
}
