import { relative } from 'node:path'
import type { InterchangeReport } from '@shared/interchange/report'
import { type ImportResult, type InterchangeFormat, importResultSchema } from '@shared/rpc/interchange'
import type { Command } from 'commander'
import { type Session, type Terminal, withStudio, workspaceOf } from '../session'

interface ImportOptions {
  readonly out?: string
  readonly workspace?: string
  readonly force?: boolean
  readonly json?: boolean
}

interface ExportOptions {
  readonly out: string
  readonly force?: boolean
  readonly json?: boolean
}

/** The report for people, on standard error: standard output may hold the program itself. */
const noteReport = ({ carried, changed, leftOut, warnings }: InterchangeReport, terminal: Terminal): void => {
  const groups = [
    ['Changed', changed],
    ['Left out', leftOut],
    ['Warning', warnings],
  ] as const
  for (const [title, remarks] of groups)
    for (const { name, file, reason } of remarks)
      terminal.note(`${title}: ${file === '' ? '' : `${file}: `}${name}. ${reason}`)
  terminal.note(
    `${carried.length} carried, ${changed.length} remarks, ${leftOut.length} left out, ${warnings.length} warnings`,
  )
}

const importInto = async (format: InterchangeFormat, path: string, options: ImportOptions): Promise<void> =>
  withStudio(
    {
      root: workspaceOf(options.workspace ?? options.out ?? path),
      isJson: options.json === true,
      isOnlyRead: options.out === undefined,
    },
    async (session: Session) => {
      if (format === 'feast') session.terminal.note('Feast runs the repository’s Python files to read them.')
      const { jobId } = await session.studio.interchange.importFeatures({
        format,
        path: session.path(path),
        output: options.out === undefined ? undefined : session.path(options.out),
        isReplacing: options.force === true,
      })
      const { result } = await session.job(jobId)
      const imported: ImportResult = importResultSchema.parse(result)
      if (session.terminal.isJson) return session.terminal.json(imported)
      noteReport(imported.report, session.terminal)
      if (options.out === undefined) session.terminal.print(imported.text.trimEnd())
      else session.terminal.print(options.out)
    },
  )

const exportInto = async (format: InterchangeFormat, file: string, options: ExportOptions): Promise<void> =>
  withStudio({ root: workspaceOf(file), isJson: options.json === true }, async (session) => {
    const exported = await session.studio.interchange.exportFeatures({
      format,
      path: session.path(file),
      folder: session.path(options.out),
      isReplacing: options.force === true,
    })
    if (session.terminal.isJson) return session.terminal.json(exported)
    noteReport(exported.report, session.terminal)
    for (const written of exported.files) session.terminal.print(relative(process.cwd(), `${session.root}/${written}`))
  })

const systems = {
  feathr: {
    from: 'Feathr’s feature configuration (HOCON)',
    to: 'Feathr’s feature configuration',
    argument: 'a .conf file or a folder',
  },
  feast: {
    from: 'a Feast repository; its Python files are run for that',
    to: 'a Feast repository',
    argument: 'the folder with feature_store.yaml',
  },
} as const

/** `export` is there already, for models; features go out through two commands below it. */
export const addInterchangeCommands = (program: Command): void => {
  const importing = program.command('import').description('turn other systems’ feature definitions into Pro-ML')
  const exporting = program.commands.find((command) => command.name() === 'export') ?? program.command('export')
  for (const format of ['feathr', 'feast'] as const) {
    const system = systems[format]
    importing
      .command(format)
      .description(`read ${system.from}`)
      .argument('<path>', system.argument)
      .option('--out <file>', 'a .proml file; without it the program is printed')
      .option('--workspace <folder>', 'workspace that paths are relative to')
      .option('--force', 'replace the file where it is there already')
      .option('--json', 'print JSON')
      .action((path: string, options: ImportOptions) => importInto(format, path, options))
    exporting
      .command(format)
      .description(`write a program’s features as ${system.to}`)
      .argument('<program>', 'a .proml file')
      .requiredOption('--out <folder>', 'where to write')
      .option('--force', 'replace files that are there already')
      .option('--json', 'print JSON')
      .action((file: string, options: ExportOptions) => exportInto(format, file, options))
  }
}
