import { delimiter, dirname, join } from 'node:path'

/** A program and what it is given before `lsp`, `train`, … */
export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  /** Windows starts a `.cmd` only through its shell. */
  readonly needsShell: boolean
}

export interface FindOptions {
  /** `proml.command`; empty where nothing is set. */
  readonly configured: readonly string[]
  /** Absolute path of the folder that the program stands in. */
  readonly folder: string
  readonly path: string
  readonly isWindows: boolean
  readonly readText: (path: string) => string | null
}

const launcher = join('resources', 'setup', 'proml.mjs')

const isStudio = (folder: string, readText: FindOptions['readText']): boolean => {
  try {
    const manifest: unknown = JSON.parse(readText(join(folder, 'package.json')) ?? 'null')
    return typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === 'proml-studio'
  } catch {
    return false
  }
}

const foldersUpward = (folder: string): string[] =>
  dirname(folder) === folder ? [folder] : [folder, ...foldersUpward(dirname(folder))]

/**
 * What starts Pro-ML for a folder: the setting, else the project that the folder lies in or depends on (what `npx proml`
 * finds there, but never fetched from anywhere), else `proml` on the `PATH`.
 */
export const findServer = ({ configured, folder, path, isWindows, readText }: FindOptions): ServerCommand | null => {
  const [command, ...args] = configured
  if (command) return { command, args, needsShell: isWindows && /\.(?:cmd|bat)$/i.test(command) }
  for (const upward of foldersUpward(folder))
    for (const project of [upward, join(upward, 'node_modules', 'proml-studio')])
      if (isStudio(project, readText)) return { command: 'node', args: [join(project, launcher)], needsShell: false }
  for (const place of path.split(isWindows ? ';' : delimiter).filter(Boolean)) {
    const found = join(place, isWindows ? 'proml.cmd' : 'proml')
    if (readText(found) !== null) return { command: found, args: [], needsShell: isWindows }
  }
  return null
}
