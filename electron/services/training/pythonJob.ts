import { spawn } from 'node:child_process'
import { appendFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { StudioError } from '@shared/errors'
import { metricPointSchema, runFiles, runSchema, trialSchema } from '@shared/training/run'
import { z } from 'zod'

const resultSchema = runSchema.pick({
  rows: true,
  features: true,
  metrics: true,
  curves: true,
  confusion: true,
  importance: true,
  trials: true,
  params: true,
  parity: true,
  modelDigest: true,
  modelBytes: true,
  environment: true,
  timings: true,
})
export type TrainingResult = z.infer<typeof resultSchema>

/** What `python -m proml.job` writes to its standard output, one JSON object a line. */
const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), fraction: z.number(), message: z.string() }),
  z.object({ type: z.literal('phase'), name: z.string() }),
  z.object({ type: z.literal('log'), line: z.string() }),
  metricPointSchema.extend({ type: z.literal('metric') }),
  trialSchema.extend({ type: z.literal('trial') }),
  z.object({ type: z.literal('rows'), rows: z.object({ train: z.number(), valid: z.number(), test: z.number() }) }),
  resultSchema.extend({ type: z.literal('result') }),
  z.object({ type: z.literal('error'), message: z.string(), hint: z.string(), place: z.string().nullable() }),
  z.object({ type: z.literal('cancelled') }),
])
export type TrainingEvent = z.infer<typeof eventSchema>

/** What the job is told; gone once it has ended. */
export const jobFile = 'job.json'

/** It stops by itself within about a second; after this it is ended. */
const stopGraceMs = 3_000
const keptErrorLines = 40

interface PythonJob {
  readonly python: string
  readonly environment: Readonly<Record<string, string>>
  /** The run's folder, with `job.json` in it. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly onEvent: (event: TrainingEvent) => void
}

const parseEvent = (line: string): TrainingEvent | null => {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}

const failureOf = (error: Extract<TrainingEvent, { type: 'error' }>): StudioError =>
  new StudioError('training_failed', error.message, {
    hint: error.hint,
    place: error.place === null ? undefined : { column: error.place },
  })

/** Runs one training job to its end. Rejects with `training_failed` in Python's own words, or `cancelled`. */
export const runPythonJob = async (job: PythonJob): Promise<TrainingResult> => {
  const isGroup = process.platform !== 'win32'
  const child = spawn(job.python, ['-s', '-m', 'proml.job', join(job.folder, jobFile)], {
    cwd: job.folder,
    env: { ...process.env, ...job.environment, PYTHONDONTWRITEBYTECODE: '1' },
    // The job ends when its standard input closes, so it never outlives us, however we end.
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: isGroup,
    windowsHide: true,
  })
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (isGroup && child.pid !== undefined) process.kill(-child.pid, signal)
      else child.kill(signal)
    } catch {
      // It ended by itself in the meantime.
    }
  }
  let result: TrainingResult | null = null
  let failure: StudioError | null = null
  const errorLines: string[] = []
  child.stdin.on('error', () => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line)
    if (event === null) return
    if (event.type === 'result') result = event
    else if (event.type === 'error') failure = failureOf(event)
    job.onEvent(event)
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    errorLines.push(line)
    if (errorLines.length > keptErrorLines) errorLines.shift()
  })
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => {
    child.stdin.end()
    kill('SIGTERM')
    timer = setTimeout(() => kill('SIGKILL'), stopGraceMs)
  }
  job.signal.addEventListener('abort', stop, { once: true })
  if (job.signal.aborted) stop()
  try {
    const end = await new Promise<string>((done, fail) => {
      child.once('error', fail)
      child.once('close', (code, signal) => done(signal ?? `exit code ${code}`))
    })
    if (errorLines.length > 0) await appendFile(join(job.folder, runFiles.log), `${errorLines.join('\n')}\n`)
    if (job.signal.aborted) throw new StudioError('cancelled', 'Cancelled.')
    if (result !== null) return result
    if (failure !== null) throw failure
    const words = errorLines.findLast((line) => line.trim() !== '')
    throw new StudioError(
      'training_failed',
      `Python ended before the run was done (${end})${words === undefined ? '.' : `: ${words.trim()}`}`,
      {
        hint:
          end === 'SIGKILL'
            ? 'The system ended it, most often for want of memory: train on fewer rows or inputs.'
            : 'The run’s log says more.',
        detail: errorLines.join('\n'),
      },
    )
  } catch (error) {
    if (error instanceof StudioError) throw error
    throw new StudioError('python_failed', 'The managed Python could not be started.', {
      hint: 'Run `npm run doctor` in a terminal.',
      cause: error,
    })
  } finally {
    clearTimeout(timer)
    job.signal.removeEventListener('abort', stop)
    await rm(join(job.folder, jobFile), { force: true })
  }
}
