import { CircleAlert, Info, X } from 'lucide-react'
import { Button, IconButton } from '../ui/button'
import { Sentence } from '../ui/sentence'
import { dismissNotice, useNotices } from './notices'

/** Notices at the lower right: what happened, why, what to do. Read aloud as they come. */
export const Toasts = () => {
  const shown = useNotices((state) => state.shown)
  return (
    <section className="toasts" aria-label="Notices" aria-live="polite" aria-relevant="additions">
      {shown.map((notice) => (
        <div
          key={notice.id}
          className={`toast toast-${notice.kind}`}
          role={notice.kind === 'error' ? 'alert' : undefined}
        >
          <span className="toast-icon" aria-hidden="true">
            {notice.kind === 'error' ? <CircleAlert size={16} /> : <Info size={16} />}
          </span>
          <div className="toast-text">
            <p className="toast-title">
              <Sentence text={notice.title} />
            </p>
            {notice.detail ? (
              <p className="toast-detail">
                <Sentence text={notice.detail} />
              </p>
            ) : null}
            {notice.hint ? (
              <p className="toast-hint">
                <Sentence text={notice.hint} />
              </p>
            ) : null}
            {notice.action ? (
              <Button kind="quiet" onPress={notice.action.run}>
                {notice.action.label}
              </Button>
            ) : null}
          </div>
          <IconButton label="Dismiss" icon={<X size={14} aria-hidden />} onPress={() => dismissNotice(notice.id)} />
        </div>
      ))}
    </section>
  )
}
