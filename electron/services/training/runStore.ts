import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import { type MetricPoint, metricPointSchema, type Run, runFiles, runSchema } from '@shared/training/run'
import { z } from 'zod'
import { writeFileDurably } from '../workspace/durable'
import type { Workspace } from '../workspace/root'

/** Who is training: lets another process, or the next one, tell a run at work from one that was cut off. */
const ownerFile = 'owner.json'
const ownerSchema = z.object({ pid: z.number(), startedAt: z.string(), host: z.string() })

const runIdPattern = /^r-\d{4,}$/

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** When a process started, as the system counts; a process number alone may have been given to another since. */
const startOf = async (pid: number): Promise<string> => {
  if (process.platform !== 'linux') return ''
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

const isAlive = async (owner: z.infer<typeof ownerSchema>): Promise<boolean> => {
  if (owner.host !== hostname()) return true
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return (await startOf(owner.pid)) === owner.startedAt
}

/** What is said of a run that ended with the studio. */
export const cutOff = {
  code: 'training_failed',
  message: 'The studio ended while this run was training.',
  hint: 'Train again; the same file, data and seed give the same model.',
} as const

export interface RunStore {
  /** Absolute folder of a run; refuses what is no run's name. */
  folder(id: string): string
  /** Makes the next free folder; safe against another process that does the same. */
  create(): Promise<string>
  read(id: string): Promise<Run>
  write(run: Run): Promise<void>
  /** Newest first; a folder that cannot be read is left out. */
  list(): Promise<Run[]>
  remove(id: string): Promise<void>
  metrics(id: string, from: number): Promise<MetricPoint[]>
  /** Text of one of a run's files; empty where it is not there yet. */
  text(id: string, file: keyof typeof runFiles): Promise<string>
  /** The run has ended: takes away what was only there while it went on. */
  release(id: string): Promise<void>
  /** Runs that this process trains right now. */
  readonly active: Set<string>
}

/** The folders `.proml/runs/<id>`: the only place where runs are kept. */
export const createRunStore = (workspace: Workspace): RunStore => {
  const root = workspace.internal('runs')
  const active = new Set<string>()

  const unknown = (id: string): StudioError =>
    new StudioError('not_found', `There is no run \`${id}\` in this workspace.`, { hint: 'Choose one in Train.' })

  const folder = (id: string): string => {
    if (!runIdPattern.test(id)) throw unknown(id)
    return join(root, id)
  }

  const names = async (path: string): Promise<string[]> => readdir(path).catch(() => [])

  const numberOf = (name: string): number => Number(/^r-(\d+)/.exec(name)?.[1] ?? 0)

  const create = async (): Promise<string> => {
    await mkdir(root, { recursive: true })
    for (;;) {
      // Removed runs keep their number: a bundle may still name them.
      const taken = [...(await names(root)), ...(await names(workspace.internal('trash')))].map(numberOf)
      const id = `r-${String(Math.max(0, ...taken) + 1).padStart(4, '0')}`
      try {
        await mkdir(join(root, id))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue
        throw error
      }
      const owner = { pid: process.pid, startedAt: await startOf(process.pid), host: hostname() }
      await writeFileDurably(join(root, id, ownerFile), JSON.stringify(owner))
      active.add(id)
      return id
    }
  }

  const write = (run: Run): Promise<void> =>
    writeFileDurably(join(folder(run.id), runFiles.run), `${JSON.stringify(run, null, 1)}\n`)

  const release = async (id: string): Promise<void> => {
    const isLeft = (name: string) => name.endsWith('.part') || name === ownerFile
    const left = (await names(folder(id))).filter(isLeft)
    await Promise.all(left.map((name) => rm(join(folder(id), name), { force: true })))
    active.delete(id)
  }

  /** A run that says it is running, and nobody runs: it was cut off, by a crash or a power cut. */
  const settled = async (run: Run): Promise<Run> => {
    if (run.state !== 'running' || active.has(run.id)) return run
    const text = await readFile(join(folder(run.id), ownerFile), 'utf8').catch(() => '')
    const owner = ownerSchema.safeParse(parsed(text)).data
    if (owner && owner.pid !== process.pid && (await isAlive(owner))) return run
    const interrupted: Run = {
      ...run,
      state: 'interrupted',
      error: cutOff,
    }
    await write(interrupted)
    await release(run.id)
    return interrupted
  }

  const read = async (id: string): Promise<Run> => {
    let text: string
    try {
      text = await readFile(join(folder(id), runFiles.run), 'utf8')
    } catch (error) {
      if (isMissing(error)) throw unknown(id)
      throw error
    }
    const record = runSchema.safeParse(parsed(text))
    if (!record.success)
      throw new StudioError(
        'unreadable_file',
        `The record of run \`${id}\` is not of the form that this version reads.`,
        {
          hint: 'Train again, or update the studio.',
          detail: record.error.message,
        },
      )
    return settled(record.data)
  }

  const text: RunStore['text'] = async (id, file) => {
    try {
      return await readFile(join(folder(id), runFiles[file]), 'utf8')
    } catch (error) {
      if (!isMissing(error)) throw error
      await read(id)
      return ''
    }
  }

  return {
    folder,
    create,
    read,
    write,
    active,
    release,
    text,
    list: async () => {
      const ids = (await names(root)).filter((name) => runIdPattern.test(name))
      const found = await Promise.allSettled(ids.map(read))
      return found
        .flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
        .sort((a, b) => b.startedAt - a.startedAt || numberOf(b.id) - numberOf(a.id))
    },
    remove: async (id) => {
      if (active.has(id))
        throw new StudioError('conflict', `Run \`${id}\` is still training.`, { hint: 'Stop it first.' })
      await read(id)
      await mkdir(workspace.internal('trash'), { recursive: true })
      await rename(folder(id), workspace.internal('trash', `${id}-${Date.now()}`))
    },
    metrics: async (id, from) => {
      const lines = (await text(id, 'metrics')).split('\n')
      // The last piece is empty, or a line that is still being written.
      return lines.slice(from, -1).map((line) => metricPointSchema.parse(JSON.parse(line)))
    },
  }
}
