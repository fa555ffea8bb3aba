import { readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import type { Diagnostic } from '@shared/language/diagnostic'
import type { Command } from 'commander'
import { exitCodes } from '../exitCodes'
import { createTerminal, unsavedText, withStudio, workspaceOf } from '../session'

const programsBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.proml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[\\/](\.proml|node_modules)[\\/]/.test(path))
    .sort()

const printDiagnostic = (root: string, diagnostic: Diagnostic): string => {
  const file = relative(process.cwd(), join(root, diagnostic.file))
  return `${file}:${diagnostic.line}:${diagnostic.column} ${diagnostic.severity} ${diagnostic.code} ${diagnostic.message} ${diagnostic.mend}`
}

/** Every program with the folder that its data paths are relative to. */
const programsOf = (paths: readonly string[]): { readonly root: string; readonly file: string }[] =>
  paths.flatMap((path) => {
    const absolute = resolve(path)
    const stats = statSync(absolute, { throwIfNoEntry: false })
    if (!stats)
      throw new StudioError('not_found', `There is no file or folder ${path}.`, { hint: 'Check the spelling.' })
    const files = stats.isDirectory() ? programsBelow(absolute) : [absolute]
    return files.map((file) => ({ root: workspaceOf(file), file }))
  })

const unsavedProgram = (paths: readonly string[]): { readonly root: string; readonly file: string } => {
  const [path, ...others] = paths
  if (!path?.endsWith('.proml') || others.length > 0)
    throw new StudioError('invalid_input', 'A text stands for one program.', {
      hint: 'Name the `.proml` file that it will be; it need not be there yet.',
    })
  return { root: workspaceOf(path), file: resolve(path) }
}

export const addLanguageCommands = (program: Command): void => {
  program
    .command('check')
    .description('check Pro-ML programs against their real data; exits 3 when there are errors')
    .argument('[paths...]', 'files or folders', ['.'])
    .option('--unsaved <file>', 'check this text as what the one program named will hold; - is standard input')
    .option('--json', 'print JSON')
    .action(async (paths: string[], options: { unsaved?: string; json?: boolean }) => {
      const terminal = createTerminal(options.json === true)
      const text = unsavedText(options.unsaved)
      const programs = text === undefined ? programsOf(paths) : [unsavedProgram(paths)]
      if (programs.length === 0)
        throw new StudioError('not_found', 'There is no .proml file here.', {
          hint: 'Name a file or a folder that holds one.',
        })
      const found: { root: string; diagnostic: Diagnostic }[] = []
      const roots = new Map<string, string[]>()
      for (const { root, file } of programs) roots.set(root, [...(roots.get(root) ?? []), file])
      for (const [root, files] of roots)
        await withStudio({ root, isJson: terminal.isJson, isOnlyRead: true }, async (session) => {
          for (const file of files) {
            const { diagnostics } = await session.studio.language.check({ path: session.path(file), text })
            found.push(...diagnostics.map((diagnostic) => ({ root: session.root, diagnostic })))
          }
        })
      const errors = found.filter(({ diagnostic }) => diagnostic.severity === 'error').length
      if (terminal.isJson)
        terminal.json({ files: programs.length, diagnostics: found.map(({ diagnostic }) => diagnostic) })
      else {
        for (const { root, diagnostic } of found) terminal.print(printDiagnostic(root, diagnostic))
        terminal.print(
          `${counted(programs.length, 'file')} checked: ${counted(errors, 'error')}, ${counted(found.length - errors, 'warning')}`,
        )
      }
      if (errors > 0) process.exitCode = exitCodes.wrong
    })

  program
    .command('fmt')
    .description('format Pro-ML programs')
    .argument('[paths...]', 'files or folders', ['.'])
    .option('--check', 'change nothing; exit 3 if a file is not formatted')
    .option('--json', 'print JSON')
    .action(async (paths: string[], options: { check?: boolean; json?: boolean }) => {
      const terminal = createTerminal(options.json === true)
      const isCheck = options.check === true
      const programs = programsOf(paths)
      const unformatted: string[] = []
      for (const { root, file } of programs)
        await withStudio({ root, isJson: terminal.isJson, isOnlyRead: isCheck }, async (session) => {
          const path = session.path(file)
          const { text, digest } = await session.studio.workspace.read({ path })
          const formatted = (await session.studio.language.format({ text })).text
          if (formatted === text) return
          if (!isCheck) await session.studio.workspace.write({ path, text: formatted, expectedDigest: digest })
          const name = relative(process.cwd(), file)
          unformatted.push(name)
          if (!terminal.isJson) terminal.print(`${isCheck ? 'not formatted' : 'formatted'}  ${name}`)
        })
      if (terminal.isJson) terminal.json({ files: programs.length, unformatted, isWritten: !isCheck })
      if (isCheck && unformatted.length > 0) process.exitCode = exitCodes.wrong
    })

  program
    .command('lsp')
    .description('language server over stdio, for any editor')
    .option('--stdio', 'the only transport; accepted because editors pass it')
    .option('--workspace <folder>', 'folder that data paths are relative to', '.')
    .action(async (options: { workspace: string }) => {
      const { runLanguageServer } = await import('../lsp')
      await withStudio({ root: resolve(options.workspace), isJson: false }, async (session) => {
        await runLanguageServer({
          root: session.root,
          schemaOf: (path) => session.services.data.schemaOf(path),
          featureSet: (reference) => session.services.registry.featureSet(reference),
          profileOf: (path, column) => session.studio.data.profile({ path, column }),
        })
      })
    })
}
