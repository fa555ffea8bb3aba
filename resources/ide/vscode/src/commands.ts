import {
  commands,
  type Disposable,
  Location,
  Position,
  ProcessExecution,
  Range,
  ShellExecution,
  ShellQuoting,
  Task,
  TaskRevealKind,
  TaskScope,
  tasks,
  Uri,
  window,
  workspace,
} from 'vscode'
import type { ServerCommand } from './findServer'
import { type Place, placeOf, placeRangesOf, type RunArgument, runArgumentOf } from './lensArguments'
import { rootOf, serverCommandFor } from './serverCommand'

const position = ({ line, character }: Place): Position => new Position(line, character)

/** Arguments go to the program as they are; no shell reads them where it can be helped. */
const executionOf = ({ command, args, needsShell }: ServerCommand, more: readonly string[], cwd: string) => {
  const all = [...args, ...more]
  if (!needsShell) return new ProcessExecution(command, all, { cwd })
  const quoted = all.map((value) => ({ value, quoting: ShellQuoting.Strong }))
  return new ShellExecution({ value: command, quoting: ShellQuoting.Strong }, quoted, { cwd })
}

/** Runs `proml …` on a program in a terminal, with the text that is seen. */
const runOn = async (title: string, { uri, path, model }: RunArgument, wordsOf: (path: string) => string[]) => {
  const program = Uri.parse(uri)
  const command = serverCommandFor(program)
  if (!command || !workspace.isTrusted) {
    await window.showWarningMessage('Pro-ML was not found. Name it in the setting proml.command and try again.')
    return
  }
  await workspace.saveAll(false)
  const words = [...wordsOf(path), ...(model === null ? [] : ['--model', model])]
  const name = model === null ? title : `${title} ${model}`
  const execution = executionOf(command, words, rootOf(program))
  const task = new Task({ type: 'proml', words }, TaskScope.Workspace, name, 'Pro-ML', execution)
  task.presentationOptions = { reveal: TaskRevealKind.Always, clear: true }
  await tasks.executeTask(task)
}

/** What the code lenses above models and features do. */
export const lensCommands = (): Disposable[] => [
  commands.registerCommand('proml.train', async (value: unknown) => {
    const argument = runArgumentOf(value)
    if (argument) await runOn('Train', argument, (path) => ['train', path])
  }),
  commands.registerCommand('proml.preview', async (value: unknown) => {
    const argument = runArgumentOf(value)
    if (argument) await runOn('Preview', argument, (path) => ['features', path, '--preview'])
  }),
  commands.registerCommand('proml.showUsers', async (uri: unknown, at: unknown, places: unknown) => {
    const place = placeOf(at)
    if (typeof uri !== 'string' || !place) return
    const locations = placeRangesOf(places).map(
      ({ uri: file, range }) => new Location(Uri.parse(file), new Range(position(range.start), position(range.end))),
    )
    await commands.executeCommand('editor.action.showReferences', Uri.parse(uri), position(place), locations)
  }),
]
