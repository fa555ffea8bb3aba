import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { StudioError } from '@shared/errors'
import type { WorkspaceInfo, workspaceContract } from '@shared/rpc/workspace'
import type { Emit, Service, ServiceContext } from '../context'
import { readBranch } from './branch'
import { type Claim, claimWorkspace, noClaim } from './claim'
import { createFiles } from './files'
import { createJournal } from './journal'
import { createSettings } from './settings'
import { readTree } from './tree'
import { watchFolder } from './watch'

export type WorkspaceService = Service<typeof workspaceContract> & {
  /** Whether code of this workspace may run. */
  isTrusted(): boolean
  /** A person named the folder to a program, which is a statement of trust for as long as it is open. */
  named(): void
}

export interface WorkspaceDependencies {
  /** Opens another folder in the same host; everything is made anew for it. */
  open(root: string): Promise<WorkspaceInfo>
  /** The host made this folder, or a person named it when starting: a statement of trust. */
  readonly isTrusted: boolean
}

const maximumEntries = 5_000

const folderToOpen = async (text: string): Promise<string> => {
  const path = text === '~' || text.startsWith('~/') ? join(homedir(), text.slice(1)) : text
  const info = await stat(path).catch(() => null)
  if (!info?.isDirectory())
    throw new StudioError('not_found', `There is no folder \`${text}\`.`, {
      hint: 'Give the whole path of a folder on the machine where the studio runs.',
    })
  return path
}

export const createWorkspaceService = (
  context: ServiceContext,
  emit: Emit<typeof workspaceContract>,
  dependencies: WorkspaceDependencies,
): WorkspaceService => {
  const { workspace, platform, log } = context
  const settings = createSettings(platform.home, log)
  let isTrusted = dependencies.isTrusted || settings.isTrustedFolder(workspace.root)

  const info = async (): Promise<WorkspaceInfo> => ({
    root: workspace.root,
    name: basename(workspace.root) || workspace.root,
    isTrusted,
    isOpenElsewhere: claim.isHeldElsewhere(),
    branch: await readBranch(workspace.root),
  })

  const tellInfo = (): void => {
    info().then(
      (next) => emit('opened', next),
      (error: unknown) => log.warn('The branch could not be read.', error),
    )
  }
  const claim: Claim = platform.host === 'cli' ? noClaim : claimWorkspace(workspace, log, tellInfo)
  const watcher = watchFolder({
    root: workspace.root,
    log,
    onChange: (paths) => emit('changed', { paths: [...paths] }),
    onBranch: tellInfo,
  })
  const files = createFiles(workspace, watcher.note)
  const journal = createJournal(workspace)
  // A command that ends at once leaves no trace in the list of folders.
  const remembered = platform.host === 'cli' ? Promise.resolve() : settings.rememberFolder(workspace.root)
  remembered.catch((error: unknown) => log.warn('The recent folders could not be saved.', error))

  return {
    isTrusted: () => isTrusted,
    named: () => {
      if (isTrusted) return
      isTrusted = true
      tellInfo()
    },
    handlers: {
      info,
      open: async ({ root }) => dependencies.open(await folderToOpen(root)),
      trust: async () => {
        await settings.trustFolder(workspace.root)
        isTrusted = true
        const next = await info()
        emit('opened', next)
        return next
      },
      recent: async () => {
        await remembered.catch(() => {})
        return settings.recentFolders()
      },
      tree: async (_, { signal }) => {
        // Who looks at the files wants to see them change; who never does needs no watcher.
        watcher.start()
        return readTree(workspace.root, maximumEntries, signal)
      },
      ...files,
      journalWrite: async ({ path, text }) => {
        await journal.write(path, text)
        return {}
      },
      journalList: async () => journal.list(),
      settings: async () => settings.read(),
      saveSettings: async (change) => settings.save(change),
    },
    async dispose() {
      claim.release()
      watcher.stop()
      await Promise.allSettled([remembered, settings.settled(), journal.settled()])
    },
  }
}
