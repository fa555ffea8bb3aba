import { toStudioError } from '@shared/errors'
import { useState } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { create } from 'zustand'
import { Button } from '../ui/button'
import { TextField } from '../ui/textField'
import { desktopShell } from './desktop'
import { attempt } from './notices'
import { studio } from './studio'
import { useWorkspace } from './workspace'

const useOpenFolder = create<{ readonly isOpen: boolean }>(() => ({ isOpen: false }))

/** With the system’s dialog where there is one, else by the folder’s path. */
export const askForFolder = (): void => {
  const shell = desktopShell()
  if (!shell) {
    useOpenFolder.setState({ isOpen: true })
    return
  }
  attempt(async () => {
    const root = await shell.chooseFolder()
    if (root !== null) await studio.workspace.open({ root })
  })
}
const close = (): void => useOpenFolder.setState({ isOpen: false })

export const OpenFolderDialog = () => {
  const isOpen = useOpenFolder((state) => state.isOpen)
  const root = useWorkspace((state) => state.info?.root ?? '')
  const [path, setPath] = useState('')
  const [error, setError] = useState<string | null>(null)
  const open = (): void => {
    studio.workspace.open({ root: path.trim() }).then(close, (thrown: unknown) => {
      const { message, hint } = toStudioError(thrown)
      setError([message, hint].filter(Boolean).join(' '))
    })
  }
  return (
    <ModalOverlay
      isOpen={isOpen}
      isDismissable
      className="palette-overlay"
      onOpenChange={(next) => (next ? null : close())}
    >
      <Modal className="palette-box">
        <Dialog className="dialog">
          <Heading slot="title">Open folder</Heading>
          <TextField
            label="Folder on this machine"
            value={path}
            placeholder={root}
            error={error}
            autoFocus
            onChange={(next) => {
              setPath(next)
              setError(null)
            }}
            onEnter={open}
          />
          <div className="dialog-actions">
            <Button onPress={close}>Cancel</Button>
            <Button kind="primary" isDisabled={path.trim() === ''} onPress={open}>
              Open
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
