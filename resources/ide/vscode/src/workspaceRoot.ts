import { dirname, join, relative, resolve, sep } from 'node:path'

export interface RootOptions {
  /** Absolute path of the program. */
  readonly file: string
  /** The opened folder that it stands in; null for a file opened alone. */
  readonly folder: string | null
  /** `proml.workspace`. */
  readonly configured: string
  readonly isFolder: (path: string) => boolean
}

export const isWithin = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === resolve(path))
}

/**
 * The folder that a program’s paths are relative to: as `proml check` has it, the nearest one upward that the studio
 * has worked in, but none above the opened folder; else the opened folder itself.
 */
export const workspaceRoot = ({ file, folder, configured, isFolder }: RootOptions): string => {
  if (folder !== null && configured !== '') return resolve(folder, configured)
  const top = folder ?? dirname(file)
  for (let upward = dirname(file); ; upward = dirname(upward)) {
    if (isFolder(join(upward, '.proml'))) return upward
    if (dirname(upward) === upward || (folder !== null && !isWithin(dirname(upward), folder))) return top
  }
}
