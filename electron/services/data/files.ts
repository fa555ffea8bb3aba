import { closeSync, globSync, openSync, readSync, statSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteText } from '@shared/sql/quote'
import type { Workspace } from '../workspace/root'

export interface StatedFile {
  /** Absolute. */
  readonly file: string
  readonly size: number
  readonly mtimeMs: number
  /** When anything of it changed: it tells of a write where `mtimeMs` was set back, as copying tools do. */
  readonly ctimeMs: number
}

export const stateOf = (path: string): Omit<StatedFile, 'file'> | null => {
  try {
    const { size, mtimeMs, ctimeMs } = statSync(path)
    return { size, mtimeMs, ctimeMs }
  } catch {
    return null
  }
}

export const isGlob = (path: string): boolean => /[*?[]/.test(path)

/** The files of a path or glob, in order. */
export const filesOf = (workspace: Workspace, path: string): string[] => {
  const absolute = workspace.resolve(path)
  if (stateOf(absolute)) return [absolute]
  if (!isGlob(path)) return []
  return globSync(absolute)
    .filter((file) => workspace.resolve(file) === file)
    .sort()
}

export const firstBytes = (path: string): Buffer => {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(256 * 1024)
    return buffer.subarray(0, readSync(file, buffer))
  } finally {
    closeSync(file)
  }
}

/** DuckDB expands globs in every path; a file’s own brackets and stars are told apart by brackets around them. */
const literalPath = (path: string): string => path.replace(/[*?[]/g, (one) => `[${one}]`)

export const textList = (texts: readonly string[]): string => `[${texts.map(quoteText).join(', ')}]`

export const literalList = (paths: readonly string[]): string => textList(paths.map(literalPath))

/** Where copies of a file go: below the partitions that its own folders spell, so that DuckDB finds them there too. */
export const copyFolder = (workspace: Workspace, kind: string, file: string): string =>
  join(
    workspace.internal('tmp', kind),
    ...workspace
      .relative(file)
      .split('/')
      .slice(0, -1)
      .filter((part) => part.includes('=')),
  )

/** What a file was before it changed; a query that still reads it has it open. */
export const forgetEarlier = async (folder: string, name: string): Promise<void> => {
  const stem = name.slice(0, name.indexOf('-') + 1)
  for (const other of await readdir(folder).catch(() => []))
    if (other.startsWith(stem) && other !== name) await rm(join(folder, other), { force: true }).catch(() => {})
}
