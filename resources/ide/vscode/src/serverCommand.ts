import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Uri, workspace } from 'vscode'
import { findServer, type ServerCommand } from './findServer'
import { workspaceRoot } from './workspaceRoot'

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const configuredCommand = (uri: Uri): readonly string[] => {
  const value: unknown = workspace.getConfiguration('proml', uri).get('command')
  return Array.isArray(value) ? value.filter((part) => typeof part === 'string') : []
}

/** The folder that the paths in a program are relative to. */
export const rootOf = (uri: Uri): string =>
  workspaceRoot({
    file: uri.fsPath,
    folder: workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null,
    configured: workspace.getConfiguration('proml', uri).get('workspace', ''),
    isFolder,
  })

/** What starts Pro-ML for a program, by the settings or by what is there; null where nothing is. */
export const serverCommandFor = (uri: Uri): ServerCommand | null =>
  findServer({
    configured: configuredCommand(uri),
    folder: dirname(uri.fsPath),
    path: process.env.PATH ?? '',
    isWindows: process.platform === 'win32',
    readText,
  })
