import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Makes names that were just given in a folder outlast a power cut. */
export const syncFolder = async (folder: string): Promise<void> => {
  // Windows cannot open a folder for syncing; its rename is journaled by the file system.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const isInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EPERM', 'EACCES', 'EBUSY'].includes(String(error.code))

/** On Windows a file that a virus scanner or another reader has open cannot be replaced for that moment. */
const moveOver = async (temporary: string, path: string): Promise<void> => {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await rename(temporary, path)
    } catch (error) {
      if (process.platform !== 'win32' || !isInUse(error) || wait > 1_000) throw error
      await pause(wait)
    }
  }
}

/** A name beside `path` that no reader takes for a finished file. */
export const temporaryBeside = (path: string): string => join(dirname(path), `.${randomUUID()}.part`)

/** Make a finished temporary file visible as `path`: fsync, rename, fsync of the folder. Old state or new, never between. */
export const publishFile = async (temporary: string, path: string): Promise<void> => {
  const handle = await open(temporary, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await moveOver(temporary, path)
  await syncFolder(dirname(path))
}

/**
 * Write a whole file so that a crash at any moment leaves the old content or the new. Makes missing folders; who may
 * read, write and run a file that is there already stays as it was.
 */
export const writeFileDurably = async (path: string, content: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const temporary = temporaryBeside(path)
  try {
    const before = await stat(path).catch(() => null)
    const handle = await open(temporary, 'wx')
    try {
      // Some drives know no modes.
      if (before?.isFile()) await handle.chmod(before.mode & 0o777).catch(() => {})
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await moveOver(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** `sha256:<hex>` */
export const digestOf = (content: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`

/** `sha256:<hex>` of a file, streamed. */
export const digestOfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return `sha256:${hash.digest('hex')}`
}
