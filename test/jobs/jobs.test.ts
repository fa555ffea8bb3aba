import type { Job } from '@shared/jobs/job'
import { describe, expect, it } from 'vitest'
import { createJobsService } from '../../electron/services/jobs/jobs'

const call = { signal: new AbortController().signal }

describe('jobs', () => {
  it('tell the last of many quick messages, not only the first', async () => {
    const seen: string[] = []
    const jobs = createJobsService((_event, job: Job) => seen.push(job.message))
    let finish = (): void => {}
    jobs.start({ kind: 'features', title: 'Features' }, (job) => {
      for (const message of ['one', 'two', 'three']) job.progress(null, message)
      return new Promise((resolve) => {
        finish = () => resolve({})
      })
    })
    await expect.poll(() => seen.at(-1)).toBe('three')
    finish()
  })

  it('flood nobody with progress, and end with what they made', async () => {
    let events = 0
    const jobs = createJobsService(() => {
      events += 1
    })
    const { id } = jobs.start({ kind: 'predict', title: 'Predict' }, async (job) => {
      for (let step = 0; step < 100_000; step++) job.progress(step / 100_000)
      return { rows: 7 }
    })
    expect(await jobs.finished(id)).toEqual({ rows: 7 })
    expect(events).toBeLessThan(1000)
    expect(await jobs.handlers.get({ id }, call)).toMatchObject({ state: 'succeeded', progress: 1, canCancel: false })
  })

  it('stop when asked, say so as cancelled and not as failed, and keep their log', async () => {
    const jobs = createJobsService(() => {})
    const { id } = jobs.start({ kind: 'train', title: 'Train' }, (job) => {
      job.log('working')
      return new Promise((_, reject) => job.signal.addEventListener('abort', () => reject(new Error('aborted'))))
    })
    await Promise.resolve()
    await jobs.handlers.cancel({ id }, call)
    await expect(jobs.finished(id)).rejects.toMatchObject({ code: 'cancelled' })
    expect(await jobs.handlers.get({ id }, call)).toMatchObject({ state: 'cancelled' })
    expect((await jobs.handlers.log({ id, from: 0 }, call)).lines).toContain('working')
  })

  it('that fail say why, in words', async () => {
    const jobs = createJobsService(() => {})
    const { id } = jobs.start({ kind: 'train', title: 'Train' }, async () => {
      throw new Error('the disk is full')
    })
    await expect(jobs.finished(id)).rejects.toMatchObject({ code: 'internal' })
    expect((await jobs.handlers.get({ id }, call)).error?.message).toMatch(/the disk is full/)
  })
})
