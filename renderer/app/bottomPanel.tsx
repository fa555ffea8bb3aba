import { X } from 'lucide-react'
import { IconButton } from '../ui/button'
import { Tabs } from '../ui/tabs'
import { keysOf } from './commands'
import { JobList } from './jobList'
import { isRunning, useJobs } from './jobs'
import { type BottomTab, toggleBottom, useNavigation } from './navigation'
import { OutputList } from './outputList'
import { ProblemList } from './problemList'
import { useProblemCount } from './problems'

const count = (label: string, amount: number) => (
  <>
    {label}
    {amount > 0 ? <span className="bottom-count">{amount}</span> : null}
  </>
)

export const BottomPanel = () => {
  const tab = useNavigation((state) => state.bottomTab)
  const problems = useProblemCount()
  const jobs = useJobs((state) => state.jobs.filter(isRunning).length)
  return (
    <Tabs<BottomTab>
      label="Problems, jobs and output"
      className="bottom"
      selected={tab}
      onSelect={(bottomTab) => useNavigation.setState({ bottomTab })}
      items={[
        { id: 'problems', label: count('Problems', problems), content: <ProblemList /> },
        { id: 'jobs', label: count('Jobs', jobs), content: <JobList /> },
        { id: 'output', label: 'Output', content: <OutputList /> },
      ]}
      actions={
        <IconButton
          label="Close the lower panel"
          keys={keysOf('view.bottom')}
          icon={<X size={14} aria-hidden />}
          onPress={toggleBottom}
        />
      }
    />
  )
}
