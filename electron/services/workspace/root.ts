import { realpathSync } from 'node:fs'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { StudioError } from '@shared/errors'

/** The open folder. Every path that a file, a person or a registry names goes through `resolve`. */
export interface Workspace {
  /** Absolute, symbolic links resolved. */
  readonly root: string
  /** Absolute path of a workspace-relative one; `outside_workspace` for anything that leaves the folder, also through a link. */
  resolve(path: string): string
  /** Workspace-relative with `/`. */
  relative(absolute: string): string
  /** A path below `.proml/`, or below what stands in for it while a folder is only read; `outside_workspace` where someone made a link of it that leaves the folder. */
  internal(...segments: string[]): string
}

const deepestReal = (path: string): string => {
  let existing = path
  const rest: string[] = []
  for (;;) {
    try {
      return join(realpathSync(existing), ...rest)
    } catch {
      const parent = resolve(existing, '..')
      if (parent === existing) return path
      rest.unshift(relative(parent, existing))
      existing = parent
    }
  }
}

/** `internalName`: the folder of the studio’s own files, for who leaves no `.proml`. */
export const openWorkspaceRoot = (folder: string, internalName = '.proml'): Workspace => {
  const root = realpathSync(resolve(folder))
  const isInside = (path: string) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
  return {
    root,
    resolve(path) {
      const absolute = isAbsolute(path) ? resolve(path) : resolve(root, path)
      if (path.includes('\0') || !isInside(absolute) || !isInside(deepestReal(absolute)))
        throw new StudioError('outside_workspace', `\`${path}\` lies outside the workspace.`, {
          hint: 'Copy the file into the workspace folder, or open the folder that holds it.',
        })
      return absolute
    },
    relative: (absolute) => relative(root, absolute).split(sep).join('/'),
    internal(...segments) {
      const path = join(root, internalName, ...segments)
      // What lies there is written, moved and swept without asking anybody.
      if (!isInside(deepestReal(path)))
        throw new StudioError('outside_workspace', `\`${relative(root, path)}\` is a link out of the workspace.`, {
          hint: 'Remove the link; the studio keeps its own files inside the workspace.',
        })
      return path
    },
  }
}
