import type { Run } from '@shared/training/run'
import { Square } from 'lucide-react'
import { useEffect, useState } from 'react'
import { cancelJob, useJobs } from '../app/jobs'
import { attempt } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { formatDuration } from '../ui/format'
import { ProgressBar } from '../ui/states'
import { jobIdOf } from './store'

const tailLines = 12
const refreshMs = 1_000

/** The last lines of the log while the run goes on. */
const LogTail = ({ jobId }: { readonly jobId: string }) => {
  const [lines, setLines] = useState<readonly string[]>([])
  useEffect(() => {
    const read = (): void => {
      studio.jobs
        .log({ id: jobId })
        .then((log) => setLines(log.lines.slice(-tailLines)))
        .catch(() => {})
    }
    read()
    const timer = setInterval(read, refreshMs)
    return () => clearInterval(timer)
  }, [jobId])
  return lines.length === 0 ? null : <pre className="train-log-tail">{lines.join('\n')}</pre>
}

export const RunProgress = ({ run }: { readonly run: Run }) => {
  const jobId = jobIdOf(run.id)
  const job = useJobs((state) => state.jobs.find((one) => one.id === jobId))
  if (!job)
    return (
      <p className="train-note">Another window or the command line is training this run; it shows here when it ends.</p>
    )
  return (
    <section className="train-progress" aria-label="Progress">
      <div className="train-progress-row">
        <span className="train-progress-message" aria-live="polite">
          {job.message || 'Starting'}
        </span>
        <ProgressBar label={`Training ${run.model}`} value={job.progress} />
        <span className="train-progress-left">
          {job.remainingMs === null ? '' : `about ${formatDuration(job.remainingMs)} left`}
        </span>
        <Button isDisabled={!job.canCancel} onPress={() => attempt(() => cancelJob(jobId))}>
          <Square size={12} aria-hidden /> Stop
        </Button>
      </div>
      <LogTail jobId={jobId} />
    </section>
  )
}
