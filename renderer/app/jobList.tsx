import type { Job } from '@shared/jobs/job'
import { useState } from 'react'
import { Button } from '../ui/button'
import { Chip, type Tone } from '../ui/chip'
import { formatAgo, formatDuration } from '../ui/format'
import { Sentence } from '../ui/sentence'
import { EmptyState, ProgressBar } from '../ui/states'
import { cancelJob, isRunning, useJobs } from './jobs'
import { attempt } from './notices'
import { studio } from './studio'

const tones: Record<Job['state'], Tone> = {
  queued: 'neutral',
  running: 'accent',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'neutral',
}

const JobLog = ({ id }: { readonly id: string }) => {
  const [lines, setLines] = useState<readonly string[] | null>(null)
  return (
    <details
      className="job-log"
      onToggle={(event) => {
        if (event.currentTarget.open) attempt(async () => setLines((await studio.jobs.log({ id })).lines))
      }}
    >
      <summary>Log</summary>
      <pre>{lines === null ? '…' : lines.length === 0 ? 'Nothing was written.' : lines.join('\n')}</pre>
    </details>
  )
}

const JobRow = ({ job }: { readonly job: Job }) => (
  <li className="job">
    <div className="bottom-row">
      <Chip tone={tones[job.state]}>{isRunning(job) ? job.kind : job.state}</Chip>
      <span className="job-title">
        {job.title}
        {job.message && isRunning(job) ? ` · ${job.message}` : ''}
      </span>
      {isRunning(job) ? <ProgressBar label={job.title} value={job.progress} /> : null}
      <span className="bottom-place">
        {job.remainingMs !== null && isRunning(job)
          ? `${formatDuration(job.remainingMs)} left`
          : job.endedAt !== null
            ? `${formatDuration(job.endedAt - job.startedAt)} · ${formatAgo(job.endedAt)}`
            : ''}
      </span>
      {isRunning(job) && job.canCancel ? <Button onPress={() => attempt(() => cancelJob(job.id))}>Stop</Button> : null}
    </div>
    {job.error && job.state === 'failed' ? (
      <p className="job-error">
        <Sentence text={job.error.message} /> <Sentence text={job.error.hint ?? ''} />
      </p>
    ) : null}
    <JobLog id={job.id} />
  </li>
)

export const JobList = () => {
  const jobs = useJobs((state) => state.jobs)
  if (jobs.length === 0)
    return <EmptyState title="No jobs yet" detail="Training, transfers and other long work show their progress here." />
  return (
    <ul className="bottom-list" aria-label="Jobs">
      {jobs.map((job) => (
        <JobRow key={job.id} job={job} />
      ))}
    </ul>
  )
}
