import { EmptyState } from '../ui/states'
import { useNotices } from './notices'

/** Everything that was said in notices of this session, so that nothing is lost with a toast. */
export const OutputList = () => {
  const history = useNotices((state) => state.history)
  if (history.length === 0)
    return <EmptyState title="Nothing yet" detail="Notices and failures of this session are kept here." />
  return (
    <ol className="output-list mono" aria-label="Output">
      {history.map((notice) => (
        <li key={notice.id} data-kind={notice.kind}>
          <time>{new Date(notice.at).toLocaleTimeString()}</time> {notice.kind === 'error' ? 'Error: ' : ''}
          {[notice.title, notice.detail, notice.hint].filter(Boolean).join(' ')}
        </li>
      ))}
    </ol>
  )
}
