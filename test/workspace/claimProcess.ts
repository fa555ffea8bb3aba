import { claimWorkspace } from '../../electron/services/workspace/claim'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'

/** A studio that has a folder open, until it is killed. */
const log = { info: () => {}, warn: (message: string) => console.error(message), error: () => {} }
const claim = claimWorkspace(openWorkspaceRoot(process.argv[2] ?? ''), log, () => {})
console.log(claim.isHeldElsewhere() ? 'second' : 'first')
setInterval(() => {}, 1000)
