import { isRunning, useJobs } from './jobs'
import { showBottom } from './navigation'
import { type StatusItem, useStatus } from './status'

const Item = ({ item }: { readonly item: StatusItem }) =>
  item.onPress ? (
    <button type="button" className="status-item" title={item.tooltip} onClick={item.onPress}>
      {item.text}
    </button>
  ) : (
    <span className="status-item" title={item.tooltip}>
      {item.text}
    </span>
  )

/** Standing items keep their places at the right; what a panel adds comes before them. */
const standing = ['engine', 'kernel', 'devices']
const rank = (item: StatusItem): number => standing.indexOf(item.id)

/** Where one is, and what works: engine, kernel, devices, jobs. */
export const StatusBar = () => {
  const items = useStatus((state) => state.items)
  const running = useJobs((state) => state.jobs.filter(isRunning).length)
  return (
    <footer className="status-bar">
      {items
        .filter((item) => item.side === 'start')
        .map((item) => (
          <Item key={item.id} item={item} />
        ))}
      <span className="status-gap" />
      {items
        .filter((item) => item.side === 'end')
        .toSorted((a, b) => rank(a) - rank(b))
        .map((item) => (
          <Item key={item.id} item={item} />
        ))}
      <button type="button" className="status-item" onClick={() => showBottom('jobs')}>
        {running === 0 ? 'No jobs' : running === 1 ? '1 job' : `${running} jobs`}
      </button>
    </footer>
  )
}
