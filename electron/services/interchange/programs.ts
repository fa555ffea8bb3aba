import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document } from '@shared/language/ast'
import { parse } from '@shared/language/syntax/parser'
import type { Workspace } from '../workspace/root'
import { isHidden } from '../workspace/tree'

interface Program {
  /** Relative to the workspace. */
  readonly path: string
  readonly document: Document
}

/** Every program of the workspace: what one file names may be declared in another. */
export const programsOf = async (workspace: Workspace): Promise<readonly Program[]> => {
  const below = async (folder: string): Promise<readonly Program[]> => {
    const entries = (await readdir(folder, { withFileTypes: true }).catch(() => []))
      .filter(({ name }) => !isHidden(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    const found = await Promise.all(
      entries.map(async (entry): Promise<readonly Program[]> => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return below(path)
        if (!entry.isFile() || !entry.name.endsWith('.proml')) return []
        const text = await readFile(path, 'utf8').catch(() => null)
        return text === null ? [] : [{ path: workspace.relative(path), document: parse(text) }]
      }),
    )
    return found.flat()
  }
  return below(workspace.root)
}
