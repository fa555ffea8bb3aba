import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const readText = async (path: string): Promise<string | null> => {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    return null
  }
}

/** The branch that is checked out, the short commit where none is, or null outside a repository. */
export const readBranch = async (root: string): Promise<string | null> => {
  const head = await readText(join(root, '.git', 'HEAD'))
  // In a linked work tree `.git` is a file that names the real folder.
  const link = head === null ? await readText(join(root, '.git')) : null
  const linked = link?.startsWith('gitdir: ') ? await readText(join(resolve(root, link.slice(8)), 'HEAD')) : null
  const text = head ?? linked
  if (text === null) return null
  const branch = /^ref: refs\/heads\/(.+)$/.exec(text)?.[1]
  return branch ?? (/^[0-9a-f]{40,64}$/.test(text) ? text.slice(0, 8) : null)
}
