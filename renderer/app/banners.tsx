import { Button } from '../ui/button'
import { reconnectNow } from './connection'
import { desktopShell } from './desktop'
import { attempt } from './notices'
import { useConnection } from './studio'
import { trustWorkspace } from './trust'
import { useWorkspace } from './workspace'

/** States of the whole window: the services are away, the folder may not run anything yet, or two have it open. */
export const Banners = () => {
  const { state, opened } = useConnection()
  const isOpenElsewhere = useWorkspace((workspace) => workspace.info?.isOpenElsewhere === true)
  const isRestricted = useWorkspace((workspace) => workspace.info?.isTrusted === false)
  return (
    <div aria-live="polite">
      {state !== 'open' && opened > 0 ? (
        <div className="banner banner-warn" role="status">
          <span>
            The connection to the studio’s services was lost. What you see stays readable; unsaved text is kept.
            Reconnecting…{desktopShell() ? '' : ' If the studio was restarted, open the address that it printed.'}
          </span>
          <Button onPress={reconnectNow}>Try now</Button>
        </div>
      ) : null}
      {isRestricted ? (
        <div className="banner banner-warn" role="status">
          <span>This workspace is restricted: nothing in it runs until you trust it.</span>
          <Button onPress={() => attempt(trustWorkspace)}>Trust this workspace</Button>
        </div>
      ) : null}
      {isOpenElsewhere ? (
        <div className="banner banner-warn" role="status">
          <span>
            This folder is open in another Pro-ML Studio too. Neither overwrites what the other saved, but each has its
            own kernels, jobs and unsaved text: close one of them to be sure what you look at.
          </span>
        </div>
      ) : null}
    </div>
  )
}
