import { counted } from '@shared/counted'
import { useState } from 'react'
import { cancelJob, isRunning, useJobs } from '../app/jobs'
import { openFile } from '../app/navigation'
import { attempt } from '../app/notices'
import { studio } from '../app/studio'
import { useWorkspace } from '../app/workspace'
import { Button } from '../ui/button'
import { formatCount } from '../ui/format'
import { Select } from '../ui/select'
import { ProgressBar } from '../ui/states'
import { TextField } from '../ui/textField'
import { useRun } from './store'

const scorable = /\.(parquet|csv)$/i

const outputFor = (path: string): string => {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(scorable, '')
  return `predictions/${name}-scored.parquet`
}

const JobLine = ({ jobId }: { readonly jobId: string }) => {
  const job = useJobs((state) => state.jobs.find((one) => one.id === jobId))
  if (!job) return null
  const path = job.result?.path
  return (
    <div className="run-job" role="status">
      {isRunning(job) ? (
        <>
          <ProgressBar label={job.title} value={job.progress} />
          <span className="run-note">{job.message || 'Starting…'}</span>
          <Button kind="quiet" onPress={() => attempt(() => cancelJob(job.id))}>
            Cancel
          </Button>
        </>
      ) : job.state === 'succeeded' ? (
        <span>
          Scored {counted(Number(job.result?.rows ?? 0), 'row')}, {formatCount(Number(job.result?.rowsPerSecond ?? 0))}{' '}
          a second.{' '}
          {typeof path === 'string' ? (
            <Button kind="quiet" onPress={() => openFile(path)}>
              Open {path}
            </Button>
          ) : null}
        </span>
      ) : (
        <span className="run-problem">{job.error?.message ?? 'Cancelled.'}</span>
      )}
    </div>
  )
}

/** Start scoring the run’s own test rows, with the predictions kept for health. */
export const scoreTestRows = async (reference: string, log: boolean): Promise<string> => {
  const { jobId } = await studio.runtime.predictFile({
    reference,
    path: '',
    output: 'predictions/test-rows-scored.parquet',
    split: 'test',
    log,
  })
  return jobId
}

/** Score a file, or the test rows, as a job. */
export const Batch = ({ reference }: { readonly reference: string }) => {
  const entries = useWorkspace((state) => state.entries)
  const isLogging = useRun((state) => state.isLogging)
  const [path, setPath] = useState<string | null>(null)
  const [output, setOutput] = useState('')
  const [jobId, setJobId] = useState<string | null>(null)
  const files = entries.filter((entry) => entry.kind === 'file' && scorable.test(entry.name))

  const scoreFile = async (): Promise<void> => {
    if (path === null) return
    const started = await studio.runtime.predictFile({ reference, path, output, log: isLogging })
    setJobId(started.jobId)
  }

  return (
    <section className="run-section" aria-label="A whole file">
      <h3 className="run-heading">A whole file</h3>
      <div className="run-batch">
        <Select
          label="Observations"
          placeholder="Choose a file…"
          options={files.map((file) => ({ id: file.path, label: file.path }))}
          value={path}
          onChange={(chosen) => {
            setPath(chosen)
            setOutput(outputFor(chosen))
          }}
        />
        <TextField label="Result" value={output} onChange={setOutput} placeholder="predictions/scored.parquet" />
        <Button onPress={() => attempt(scoreFile)} isDisabled={path === null || output === ''}>
          Score the file
        </Button>
        <Button onPress={() => attempt(async () => setJobId(await scoreTestRows(reference, isLogging)))}>
          Score the test rows
        </Button>
      </div>
      {jobId ? <JobLine jobId={jobId} /> : null}
    </section>
  )
}
