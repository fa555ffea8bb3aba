import type { PythonStatus } from '@shared/rpc/python'
import { useEffect, useState } from 'react'
import { Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components'
import { Button } from '../ui/button'
import { Chip, type Tone } from '../ui/chip'
import { ProgressBar } from '../ui/states'
import { useJobs } from './jobs'
import { showBottom } from './navigation'
import { attempt } from './notices'
import { onEvent, studio, useConnection } from './studio'

const usePythonStatus = (): PythonStatus | null => {
  const [status, setStatus] = useState<PythonStatus | null>(null)
  const opened = useConnection((state) => state.opened)
  // biome-ignore lint/correctness/useExhaustiveDependencies: read anew after every reconnect
  useEffect(() => {
    studio.python.status({}).then(setStatus, () => {})
    return onEvent('python', 'changed', setStatus)
  }, [opened])
  return status
}

const wordOf = (status: PythonStatus | null, progress: number | null): readonly [string, Tone] => {
  if (!status) return ['Python …', 'neutral']
  switch (status.state) {
    case 'ready': {
      const version = status.environment?.version.split('.').slice(0, 2).join('.') ?? ''
      return [`Python ${version} · ${status.environment?.kind ?? 'ready'}`, 'good']
    }
    case 'installing':
      return [`Python · installing${progress === null ? '' : ` ${Math.round(progress * 100)} %`}`, 'accent']
    case 'missing':
      return ['Python · not set up', 'warn']
    case 'failed':
      return ['Python · failed', 'bad']
    case 'unknown':
      return ['Python · looking', 'neutral']
  }
}

/** Says what Python there is, and opens what can be done about it. */
export const EnvironmentChip = () => {
  const status = usePythonStatus()
  const job = useJobs((state) => state.jobs.find((one) => one.id === status?.jobId))
  const [word, tone] = wordOf(status, job?.progress ?? null)
  const canSetUp = status?.state === 'missing' || status?.state === 'failed'
  return (
    <DialogTrigger>
      <Chip tone={tone} onPress={() => {}}>
        {word}
      </Chip>
      <Popover className="ui-popover" placement="bottom end" offset={6}>
        <Dialog className="top-popover">
          {({ close }) => (
            <>
              <Heading slot="title">Python environment</Heading>
              <p>{status?.message || 'Notebooks and training run here.'}</p>
              {status?.environment ? (
                <dl className="facts">
                  <dt>Kind</dt>
                  <dd>{status.environment.kind}</dd>
                  <dt>Version</dt>
                  <dd>{status.environment.version}</dd>
                  <dt>Interpreter</dt>
                  <dd className="mono facts-path">{status.environment.python}</dd>
                  {status.environment.missing.length > 0 ? (
                    <>
                      <dt>Missing</dt>
                      <dd>{status.environment.missing.join(', ')}</dd>
                    </>
                  ) : null}
                </dl>
              ) : null}
              {status?.state === 'installing' ? (
                <ProgressBar label="Installing the Python environment" value={job?.progress ?? null} />
              ) : null}
              {job || canSetUp ? (
                <div className="dialog-actions">
                  {job ? (
                    <Button
                      onPress={() => {
                        close()
                        showBottom('jobs')
                      }}
                    >
                      Show the job
                    </Button>
                  ) : null}
                  {canSetUp ? (
                    <Button kind="primary" onPress={() => attempt(() => studio.python.ensure({}))}>
                      Set up Python
                    </Button>
                  ) : null}
                </div>
              ) : null}
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
