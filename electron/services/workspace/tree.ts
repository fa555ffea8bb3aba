import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkspaceEntry } from '@shared/rpc/workspace'

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Hidden names, and what tools make for themselves. */
export const isHidden = (name: string): boolean =>
  name.startsWith('.') || name === 'node_modules' || name === '__pycache__'

const kindOf = async (folder: string, entry: Dirent): Promise<'file' | 'folder' | null> => {
  if (entry.isDirectory()) return 'folder'
  if (entry.isFile()) return 'file'
  // A link to a file is shown; a link to a folder could lead in circles.
  if (!entry.isSymbolicLink()) return null
  const target = await stat(join(folder, entry.name)).catch(() => null)
  return target?.isFile() ? 'file' : null
}

/** Files and folders in reading order: each folder’s folders first, then its files, names compared as people do. */
export const readTree = async (
  root: string,
  limit: number,
  signal: AbortSignal,
): Promise<{ entries: WorkspaceEntry[]; isTruncated: boolean }> => {
  const entries: WorkspaceEntry[] = []
  let isTruncated = false

  const readFolder = async (relative: string): Promise<void> => {
    signal.throwIfAborted()
    const folder = join(root, relative)
    // A folder that cannot be read, or that went away meanwhile, is shown without content.
    const found = await readdir(folder, { withFileTypes: true }).catch(() => [])
    const shown: { readonly name: string; readonly kind: 'file' | 'folder' }[] = []
    for (const entry of found) {
      const kind = isHidden(entry.name) ? null : await kindOf(folder, entry)
      if (kind) shown.push({ name: entry.name, kind })
    }
    shown.sort((a, b) => (a.kind === b.kind ? byName.compare(a.name, b.name) : a.kind === 'folder' ? -1 : 1))
    for (const { name, kind } of shown) {
      if (entries.length >= limit) {
        isTruncated = true
        return
      }
      const path = relative === '' ? name : `${relative}/${name}`
      const info = await stat(join(root, path)).catch(() => null)
      if (!info) continue
      entries.push({ path, name, kind, sizeBytes: kind === 'file' ? info.size : 0, modifiedAt: info.mtimeMs })
      if (kind === 'folder') await readFolder(path)
    }
  }

  await readFolder('')
  return { entries, isTruncated }
}
