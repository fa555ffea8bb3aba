import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'

export interface PartFile {
  write(chunk: Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The few steps by which the store changes a disk. Tests make any one of them fail. */
export interface StoreFiles {
  makeFolder(path: string): Promise<void>
  /** Fails where the file exists, and never follows a link. */
  createExclusive(path: string): Promise<PartFile>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  syncFolder(path: string): Promise<void>
}

export const diskFiles: StoreFiles = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true })
  },
  async createExclusive(path) {
    const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY)
    return {
      async write(chunk) {
        let offset = 0
        while (offset < chunk.byteLength)
          offset += (await handle.write(chunk, offset, chunk.byteLength - offset)).bytesWritten
      },
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  },
  rename,
  async remove(path) {
    await rm(path, { force: true })
  },
  async syncFolder(path) {
    // Windows cannot open a folder for syncing; its rename is journaled by the file system.
    if (process.platform === 'win32') return
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}
