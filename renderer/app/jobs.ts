import type { Job } from '@shared/jobs/job'
import { create } from 'zustand'
import { notify } from './notices'
import { onEvent, studio, useConnection } from './studio'

/** Every job of this session, newest first. */
export const useJobs = create<{ readonly jobs: readonly Job[] }>(() => ({ jobs: [] }))

export const isRunning = (job: Job): boolean => job.state === 'running' || job.state === 'queued'

const put = (job: Job): void => {
  const before = useJobs.getState().jobs.find((one) => one.id === job.id)
  useJobs.setState(({ jobs }) => ({
    jobs: before ? jobs.map((one) => (one.id === job.id ? job : one)) : [job, ...jobs],
  }))
  if (job.state === 'failed' && before?.state !== 'failed')
    notify({ kind: 'error', title: `${job.title} failed.`, detail: job.error?.message, hint: job.error?.hint })
}

export const cancelJob = async (id: string): Promise<void> => {
  await studio.jobs.cancel({ id })
}

/** Resolves with the finished job, whatever its end. */
export const jobEnd = (id: string): Promise<Job> =>
  new Promise((resolve) => {
    const look = (jobs: readonly Job[]): boolean => {
      const job = jobs.find((one) => one.id === id)
      if (!job || isRunning(job)) return false
      resolve(job)
      return true
    }
    if (look(useJobs.getState().jobs)) return
    const stop = useJobs.subscribe(({ jobs }) => {
      if (look(jobs)) stop()
    })
  })

export const followJobs = (): (() => void) => {
  const read = async (): Promise<void> => {
    const jobs = await studio.jobs.list({})
    useJobs.setState({ jobs })
  }
  const stopEvents = onEvent('jobs', 'changed', put)
  const stopConnection = useConnection.subscribe(({ opened }, before) => {
    if (opened !== before.opened) read().catch(() => {})
  })
  read().catch(() => {})
  return () => {
    stopEvents()
    stopConnection()
  }
}
