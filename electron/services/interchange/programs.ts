import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document } from '@shared/language/ast'
import { parse } from '@shared/language/syntax/parser'
import type { Workspace } from '../workspace/root'
import { isHidden } from '../workspace/tree'

/** Every program of the workspace, by path: what one file names may be declared in another. */
export const programsOf = async ({ root }: Workspace): Promise<readonly Document[]> => {
  const below = async (folder: string): Promise<readonly Document[]> => {
    const entries = (await readdir(folder, { withFileTypes: true }).catch(() => []))
      .filter(({ name }) => !isHidden(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    const found = await Promise.all(
      entries.map(async (entry): Promise<readonly Document[]> => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return below(path)
        if (!entry.isFile() || !entry.name.endsWith('.proml')) return []
        const text = await readFile(path, 'utf8').catch(() => null)
        return text === null ? [] : [parse(text)]
      }),
    )
    return found.flat()
  }
  return below(root)
}
