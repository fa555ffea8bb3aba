import { resolve } from 'node:path'
import { app, type BrowserWindow, dialog } from 'electron'
import { z } from 'zod'

/** What a second start of the shell gives to the first: the folder that a person named, made absolute. */
const handedOverSchema = z.object({ workspace: z.string().nullable() })

export interface FirstStart {
  window(): BrowserWindow
  /** The folder that is open, once the services have said so. */
  openRoot(): string | null
  open(root: string): void
}

/** Whether this is the first start of this user’s shell; a later one hands its folder over and is to end. */
export const isFirstStart = (workspace: string | null): boolean =>
  app.requestSingleInstanceLock({ workspace: workspace === null ? null : resolve(workspace) })

const mayOpen = (window: BrowserWindow, root: string, now: string | null): boolean =>
  dialog.showMessageBoxSync(window, {
    type: 'question',
    buttons: ['Stay here', 'Open'],
    defaultId: 1,
    cancelId: 0,
    message: `Open ${root}?`,
    detail: `Kernels and jobs of ${now ?? 'the folder that is open'} are ended. Unsaved text is kept in the journal and offered again when it is next opened.`,
  }) === 1

/** Later starts show the window that is there, and open their folder in it where a person agrees. */
export const onLaterStarts = ({ window, openRoot, open }: FirstStart): void => {
  app.on('second-instance', (_event, _argv, _folder, data: unknown) => {
    const shown = window()
    if (shown.isMinimized()) shown.restore()
    shown.show()
    shown.focus()
    const root = handedOverSchema.safeParse(data).data?.workspace ?? null
    if (root === null || root === openRoot()) return
    if (mayOpen(shown, root, openRoot())) open(root)
  })
}
