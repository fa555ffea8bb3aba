import { useState } from 'react'
import { isRunning, useJobs } from '../app/jobs'
import { openPanel, showActivity } from '../app/navigation'
import { attempt, notify } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { ProgressBar } from '../ui/states'

/** The first step to a report: the run’s own test rows, scored and kept. */
export const ScoreTestRows = ({
  reference,
  kind = 'primary',
}: {
  readonly reference: string | null
  readonly kind?: 'primary' | 'plain'
}) => {
  const [jobId, setJobId] = useState<string | null>(null)
  const job = useJobs((state) => state.jobs.find((one) => one.id === jobId))
  const start = async (): Promise<void> => {
    const chosen = reference ?? (await studio.runtime.models({})).find((model) => model.origin === 'run')?.reference
    if (chosen === undefined) {
      notify({
        kind: 'info',
        title: 'There is no trained model yet.',
        hint: 'Train one first.',
        action: { label: 'Go to Train', run: () => showActivity('train') },
      })
      return
    }
    const started = await studio.runtime.predictFile({
      reference: chosen,
      path: '',
      output: 'predictions/test-rows-scored.parquet',
      split: 'test',
    })
    setJobId(started.jobId)
    if (reference === null) openPanel('health', { reference: chosen })
  }
  if (job && isRunning(job)) return <ProgressBar label={job.title} value={job.progress} />
  return (
    <Button kind={kind} onPress={() => attempt(start)}>
      Score the test rows
    </Button>
  )
}
