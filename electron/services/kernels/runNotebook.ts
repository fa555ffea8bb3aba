import { readFile } from 'node:fs/promises'
import { StudioError } from '@shared/errors'
import { applyEdit } from '@shared/notebook/edits'
import { type NotebookDocument, parseNotebook, printNotebook } from '@shared/notebook/notebook'
import { toFileOutputs } from '@shared/notebook/outputs'
import type { JobHandle } from '../jobs/jobs'
import { writeFileDurably } from '../workspace/durable'
import type { KernelSession } from './session'

export interface NotebookRun {
  /** Absolute. */
  readonly path: string
  readonly outputPath: string
  /** For messages. */
  readonly name: string
  readonly start: () => Promise<KernelSession>
}

const runCells = async (
  document: NotebookDocument,
  session: KernelSession,
  job: JobHandle,
  save: (document: NotebookDocument) => void,
): Promise<{ cells: number; failure: string | null }> => {
  const cells = document.cells.filter((cell) => cell.kind === 'code' && cell.source.trim() !== '')
  let current = document
  for (const [index, cell] of cells.entries()) {
    job.signal.throwIfAborted()
    job.progress(index / cells.length, `Running cell ${index + 1} of ${cells.length}`)
    const { id } = session.execute({ cellId: cell.key, code: cell.source })
    // Nobody is there to answer.
    const unattended = setInterval(() => {
      if (session.executions().some((execution) => execution.id === id && execution.prompt))
        session.interrupt().catch(() => {})
    }, 500)
    const execution = await session.finished(id).finally(() => clearInterval(unattended))
    const { outputs, executionCount } = execution
    current =
      applyEdit(current, { kind: 'setOutputs', key: cell.key, outputs: toFileOutputs(outputs), executionCount })
        ?.document ?? current
    save(current)
    if (execution.state !== 'ok') {
      const error = outputs.findLast((output) => output.output_type === 'error')
      const what = error?.output_type === 'error' ? `${error.ename}: ${error.evalue}` : execution.state
      return { cells: index + 1, failure: `Cell ${index + 1} failed: ${what}` }
    }
    for (const output of outputs) if (output.output_type === 'stream') job.log(output.text.trimEnd())
  }
  return { cells: cells.length, failure: null }
}

/** `notes.ipynb` as `notes (run 2026-01-31 12-00-00).ipynb`. */
const besideName = (path: string, at: Date): string =>
  path.replace(/(\.ipynb)?$/i, ` (run ${at.toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '-')}).ipynb`)

/** Where the result goes: not over a notebook that someone else saved while it ran. */
const placeOf = async (run: NotebookRun, text: string): Promise<{ path: string; name: string }> => {
  const { path, outputPath, name } = run
  const isMeant = outputPath !== path || (await readFile(path, 'utf8').catch(() => text)) === text
  if (isMeant) return { path: outputPath, name }
  const now = new Date()
  return { path: besideName(outputPath, now), name: besideName(name, now) }
}

/** Runs all code cells in a kernel of its own, stops at the first error, and saves what there is either way. */
export const runNotebook = async (run: NotebookRun, job: JobHandle): Promise<Record<string, unknown>> => {
  const text = await readFile(run.path, 'utf8')
  const document = parseNotebook(text)
  let latest = document
  job.progress(null, 'Starting a kernel')
  const session = await run.start()
  const stop = (): void => {
    void session.dispose()
  }
  job.signal.addEventListener('abort', stop, { once: true })
  try {
    const { cells, failure } = await runCells(document, session, job, (next) => {
      latest = next
    })
    const place = await placeOf(run, text)
    if (place.path !== run.outputPath)
      job.log(`${run.name} was saved by someone else meanwhile; the result is in ${place.name}.`)
    await writeFileDurably(place.path, printNotebook(latest))
    if (failure !== null)
      throw new StudioError('kernel_failed', failure, {
        hint: `Open ${place.name} to see the whole traceback.`,
        place: { file: place.name },
      })
    return { path: place.name, cells }
  } finally {
    job.signal.removeEventListener('abort', stop)
    await session.dispose()
  }
}
