import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readFile, realpath, rename, stat } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { StudioError } from '@shared/errors'
import type { Handlers } from '@shared/rpc/contract'
import type { workspaceContract } from '@shared/rpc/workspace'
import { digestOf, writeFileDurably } from './durable'
import { withProcessLock } from './processLock'
import { createQueue } from './queue'
import type { Workspace } from './root'

type FileHandlers = Pick<Handlers<typeof workspaceContract>, 'read' | 'write' | 'createFolder' | 'rename' | 'remove'>

const maximumTextBytes = 64 * 1024 * 1024
const patienceMs = 20_000

const hasCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code

/** What the file system refused, as a sentence for a person. */
const fileError = (error: unknown, path: string): StudioError => {
  if (error instanceof StudioError) return error
  const more = { place: { file: path }, cause: error }
  if (hasCode(error, 'ENOENT'))
    return new StudioError('not_found', `\`${path}\` is not there.`, {
      ...more,
      hint: 'It may have been moved or deleted; look in Files.',
    })
  if (hasCode(error, 'EACCES') || hasCode(error, 'EPERM') || hasCode(error, 'EROFS'))
    return new StudioError('permission_denied', `The system refuses access to \`${path}\`.`, {
      ...more,
      hint: 'Check the file’s permissions, or save under another name.',
    })
  if (hasCode(error, 'ENOSPC'))
    return new StudioError('permission_denied', `There is no space left to write \`${path}\`.`, {
      ...more,
      hint: 'Free some space and save again; the old content is untouched.',
    })
  if (hasCode(error, 'EISDIR'))
    return new StudioError('invalid_input', `\`${path}\` is a folder.`, { ...more, hint: 'Choose a file.' })
  return new StudioError('unreadable_file', `\`${path}\` could not be used.`, { ...more, hint: 'The log says more.' })
}

const exists = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** Also `Notes.md` and `notes.md` where the system takes them for one name: changing only the case is a rename. */
const isSame = async (one: string, other: string): Promise<boolean> => {
  if (one === other) return true
  if (one.toLowerCase() !== other.toLowerCase()) return false
  const [first, second] = await Promise.all([one, other].map((path) => lstat(path).catch(() => null)))
  return first != null && second != null && first.ino === second.ino && first.dev === second.dev
}

/** Files of the workspace as text and as names. Changes run one after another, so that a check and its write are one. */
export const createFiles = (workspace: Workspace, onChange: (...paths: string[]) => void): FileHandlers => {
  const queue = createQueue()

  /** Absolute path of something a person may change: neither the folder itself nor what the studio keeps in it. */
  const changeable = (path: string): string => {
    const absolute = workspace.resolve(path)
    const relative = workspace.relative(absolute)
    if (relative === '' || relative === '.proml' || relative.startsWith('.proml/') || /^\.git(\/|$)/.test(relative))
      throw new StudioError('permission_denied', `\`${path}\` is not for editing.`, {
        hint: 'Work with the other files of the workspace; this one is kept by the studio or by git.',
      })
    return absolute
  }

  const readText = async (path: string): Promise<{ text: string; digest: string }> => {
    const absolute = workspace.resolve(path)
    const info = await stat(absolute)
    if (info.size > maximumTextBytes)
      throw new StudioError('unreadable_file', `\`${path}\` is larger than 64 MiB, too large for an editor.`, {
        place: { file: path },
        hint: 'Open it as a table, or in a notebook.',
      })
    const bytes = await readFile(absolute)
    try {
      return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), digest: digestOf(bytes) }
    } catch (error) {
      throw new StudioError('unreadable_file', `\`${path}\` is not UTF-8 text.`, {
        place: { file: path },
        hint: 'Convert it to UTF-8, or open it with what made it.',
        cause: error,
      })
    }
  }

  /** The digest of what is on disk now, or null where there is nothing. */
  const currentDigest = async (absolute: string): Promise<string | null> => {
    try {
      return digestOf(await readFile(absolute))
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return null
      throw error
    }
  }

  const write = async (path: string, text: string, expected: string | null | undefined): Promise<string> => {
    const absolute = changeable(path)
    if (expected !== undefined) {
      const current = await currentDigest(absolute)
      if (expected === null && current !== null)
        throw new StudioError('already_exists', `There already is a file \`${path}\`.`, {
          place: { file: path },
          hint: 'Choose another name.',
        })
      if (expected !== null && current !== expected)
        throw new StudioError(
          'conflict',
          current === null
            ? `\`${path}\` was deleted by someone else since it was read.`
            : `\`${path}\` was changed by someone else since it was read.`,
          { place: { file: path }, hint: 'Compare both and keep one, or save under another name.' },
        )
    }
    // A link stays a link; `resolve` has seen that it leads to a place inside.
    await writeFileDurably(await realpath(absolute).catch(() => absolute), text)
    return digestOf(text)
  }

  const told = <T>(paths: readonly string[], work: () => Promise<T>): Promise<T> =>
    queue.run(async () => {
      try {
        // Another studio on the folder must not write between a check and its write either.
        const result = await withProcessLock(workspace.internal('locks', 'files'), work, { patienceMs })
        onChange(...paths.map((path) => workspace.relative(workspace.resolve(path))))
        return result
      } catch (error) {
        throw fileError(error, paths[0] ?? '')
      }
    })

  return {
    read: async ({ path }) => {
      try {
        return await readText(path)
      } catch (error) {
        throw fileError(error, path)
      }
    },
    write: ({ path, text, expectedDigest }) =>
      told([path], async () => ({ digest: await write(path, text, expectedDigest) })),
    createFolder: ({ path }) =>
      told([path], async () => {
        const absolute = changeable(path)
        if (await exists(absolute))
          throw new StudioError('already_exists', `There already is something named \`${path}\`.`, {
            hint: 'Choose another name.',
          })
        await mkdir(absolute, { recursive: true })
        return {}
      }),
    rename: ({ from, to }) =>
      told([from, to], async () => {
        const source = changeable(from)
        const target = changeable(to)
        if (target.startsWith(source + sep))
          throw new StudioError('invalid_input', `\`${from}\` cannot be moved into itself.`, {
            hint: 'Choose another folder.',
          })
        if (!(await isSame(source, target)) && (await exists(target)))
          throw new StudioError('already_exists', `There already is something named \`${to}\`.`, {
            hint: 'Choose another name; nothing is overwritten.',
          })
        await mkdir(dirname(target), { recursive: true })
        await rename(source, target)
        return {}
      }),
    remove: ({ path }) =>
      told([path], async () => {
        const absolute = changeable(path)
        if (!(await exists(absolute)))
          throw new StudioError('not_found', `\`${path}\` is not there.`, { hint: 'It may be gone already.' })
        // A folder of its own for each, so that names never meet and the old place can be read off.
        const slot = `${new Date().toISOString().replaceAll(':', '-')}-${randomUUID().slice(0, 8)}`
        const target = workspace.internal('trash', slot, workspace.relative(absolute))
        await mkdir(dirname(target), { recursive: true })
        await rename(absolute, target)
        return { trashedAs: workspace.relative(target) }
      }),
  }
}
