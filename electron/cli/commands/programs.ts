import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { StudioError } from '@shared/errors'
import { programGraph } from '@shared/graph/program'
import { graphSvg, graphText } from '@shared/graph/svg'
import { draftResultSchema } from '@shared/rpc/draft'
import { tableFromIPC } from 'apache-arrow'
import type { Command } from 'commander'
import { countOf } from '../counts'
import { unsavedText, withStudio, workspaceOf } from '../session'
import { cellOf, printTable } from '../table'
import { previewData } from './data'

interface PreviewOptions {
  readonly feature?: string
  readonly table?: string
  readonly skipBadRows?: boolean
  readonly rows: string
  readonly asOf?: string
  readonly out?: string
  readonly unsaved?: string
  readonly json?: boolean
}

const addPreview = (program: Command): void => {
  program
    .command('preview')
    .description(
      'values of one feature, of the keys with the most rows, as of a moment; or the first rows of a data file',
    )
    .argument('[file]', 'the .proml file or its folder; or a data file or reference', '.')
    .option('--feature <name>', 'its name, or namespace.name')
    .option('--rows <count>', 'how many keys or rows', '20')
    .option('--table <name>', 'which table of a database')
    .option('--skip-bad-rows', 'read a CSV without the lines that are no rows of it')
    .option('--as-of <moment>', 'such as 2001-01-05T18:30, in UTC; omitted: that of the newest row')
    .option('--out <file>', 'also write them (.parquet or .csv)')
    .option('--unsaved <file>', 'read this text as what the program will hold; - is standard input')
    .option('--json', 'print JSON')
    .action(
      async (file: string, { feature, rows: asked, asOf, out, unsaved, json, table, skipBadRows }: PreviewOptions) => {
        const rows = countOf(asked, '--rows')
        if (feature === undefined) return previewData(file, { rows, table, skipBadRows, json })
        const text = unsavedText(unsaved)
        const isProgram = file.endsWith('.proml')
        await withStudio(
          { root: workspaceOf(file), isJson: json === true, isOnlyRead: true },
          async ({ studio, terminal, path }) => {
            const answer = await studio.features.feature({
              ...{ feature, rows, asOf, text },
              path: isProgram ? path(file) : undefined,
              output: out === undefined ? undefined : path(out),
            })
            const { columns } = answer
            const cells = tableFromIPC(answer.arrow)
              .toArray()
              .map((row) => columns.map(({ name, type }) => cellOf(row[name], type)))
            if (terminal.isJson) return terminal.json({ feature, asOf: answer.asOf, columns, rows: cells })
            printTable(
              columns.map(({ name }) => name),
              cells,
              terminal.print,
            )
            if (answer.asOf !== null) terminal.note(`as of ${answer.asOf} UTC`)
          },
        )
      },
    )
}

interface GraphOptions {
  readonly model?: string
  readonly svg?: string
  readonly unsaved?: string
  readonly json?: boolean
}

const addGraph = (program: Command): void => {
  program
    .command('graph')
    .description('the feature graph of a model, in words or drawn as SVG')
    .argument('<program>', 'a .proml file')
    .option('--model <name>', 'which model; omitted: the first, or the features where there is none')
    .option('--svg <file>', 'write the drawing there; - is standard output')
    .option('--unsaved <file>', 'read this text as what the program will hold; - is standard input')
    .option('--json', 'print JSON')
    .action(async (file: string, { model, svg: target, unsaved, json }: GraphOptions) => {
      const text = unsavedText(unsaved)
      await withStudio(
        { root: workspaceOf(file), isJson: json === true, isOnlyRead: true },
        async ({ services, terminal, path }) => {
          const replaced = text === undefined ? undefined : new Map([[path(file), text]])
          const graph = programGraph(await services.language.checkedWorkspace(replaced), path(file), model)
          const [svg, words] = [graphSvg(graph), graphText(graph)]
          if (target === '-') process.stdout.write(svg)
          else if (target !== undefined) writeFileSync(resolve(target), svg)
          if (terminal.isJson) terminal.json({ model: graph.model, nodes: graph.nodes.length, svg, text: words })
          else if (target === undefined) terminal.print(words)
        },
      )
    })
}

interface DraftOptions {
  readonly label?: string
  readonly as?: string
  readonly out?: string
  readonly json?: boolean
}

const addDraft = (program: Command): void => {
  program
    .command('draft')
    .description('propose a program about a data file: source, entities, features and a model')
    .argument('<file>', 'a Parquet, CSV, Arrow or NDJSON file')
    .option('--label <column>', 'what to predict; omitted: the likeliest column')
    .option('--as <path>', 'the path that the source names instead')
    .option('--out <file>', 'write the program there, if nothing is there yet')
    .option('--json', 'print JSON')
    .action(async (file: string, { label, as: sourcePath, out, json }: DraftOptions) => {
      if (out !== undefined && !out.endsWith('.proml'))
        throw new StudioError('invalid_input', `\`${out}\` is no name for a program.`, {
          hint: 'Let it end in `.proml`.',
        })
      await withStudio(
        { root: workspaceOf(file), isJson: json === true, isOnlyRead: out === undefined },
        async ({ studio, terminal, path, job }) => {
          const { jobId } = await studio.draft.file({ path: path(file), label, sourcePath })
          const draft = draftResultSchema.parse((await job(jobId)).result)
          if (out !== undefined)
            await studio.workspace.write({ path: path(out), text: draft.text, expectedDigest: null })
          if (terminal.isJson) return terminal.json(draft)
          if (out === undefined) terminal.print(draft.text.trimEnd())
          for (const assumption of draft.assumptions) terminal.note(assumption)
        },
      )
    })
}

/** What a person does with a program before anything is trained. */
export const addProgramCommands = (program: Command): void => {
  addDraft(program)
  addPreview(program)
  addGraph(program)
}
