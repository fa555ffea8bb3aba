import { isDatabase } from '@shared/data/reference'
import { draftResultSchema } from '@shared/rpc/draft'
import { create } from 'zustand'
import { jobEnd } from '../app/jobs'
import { openFile } from '../app/navigation'
import { attempt, notify } from '../app/notices'
import { panelForFile } from '../app/panels'
import { studio } from '../app/studio'
import { refreshTree } from '../app/workspace'

/** Files that a draft is being made of. */
export const useDrafts = create<{ readonly running: ReadonlySet<string> }>(() => ({ running: new Set() }))

const setRunning = (path: string, isRunning: boolean): void =>
  useDrafts.setState(({ running }) => {
    const next = new Set(running)
    if (isRunning) next.add(path)
    else next.delete(path)
    return { running: next }
  })

export const canDraftFrom = (path: string): boolean => panelForFile(path)?.type === 'data' && !isDatabase(path)

/** A program about a data file, saved beside the others and opened in Author; a failure is told by its job. */
const draft = async (path: string): Promise<void> => {
  const { jobId } = await studio.draft.file({ path })
  const { state, result } = await jobEnd(jobId)
  if (state !== 'succeeded') return
  const { program, text, assumptions } = draftResultSchema.parse(result)
  await studio.workspace.write({ path: program, text, expectedDigest: null })
  await refreshTree()
  openFile(program)
  notify({
    kind: 'info',
    title: `Drafted ${program} from ${path}. What it takes for granted:`,
    detail: assumptions.join('\n'),
    isKept: true,
  })
}

export const draftFrom = (path: string): void => {
  if (useDrafts.getState().running.has(path)) return
  setRunning(path, true)
  attempt(() => draft(path).finally(() => setRunning(path, false)))
}
