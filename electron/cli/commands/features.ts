import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import { explanationText } from '@shared/features/explainText'
import { leakSentences, shareText } from '@shared/features/leak'
import type { Leak } from '@shared/rpc/features'
import { type Command, Option } from 'commander'
import { countOf } from '../counts'
import { type Terminal, withStudio, workspaceOf } from '../session'
import { number, printProfiles } from './data'

interface FeaturesOptions {
  readonly model?: string
  readonly feature?: readonly string[]
  readonly spine?: string
  readonly asOf?: string
  readonly out?: string
  readonly explain?: boolean
  readonly preview?: boolean
  readonly json?: boolean
}

type Work = Parameters<typeof withStudio>[1]

/** What is written, by the options: a model’s training set, or features by name. */
const write = async (
  { studio, terminal, path, job }: Parameters<Work>[0],
  file: string,
  { model, feature, spine, asOf, out }: FeaturesOptions,
): Promise<void> => {
  if (out === undefined)
    throw new StudioError('invalid_input', 'Nothing says where to write.', {
      hint: 'Name a file with `--out` that ends in `.parquet` or `.csv`; `proml preview` shows values of one feature.',
    })
  const asked = { spine: spine === undefined ? undefined : path(spine), asOf, output: path(out) }
  const { jobId } = feature
    ? await studio.features.values({ ...asked, features: [...feature], path: path(file) })
    : await studio.features.trainingSet({ ...asked, path: path(file), model })
  const { result } = await job(jobId)
  if (terminal.isJson) return terminal.json(result)
  terminal.print(`${counted(Number(result?.rows), 'row')}, ${counted(Number(result?.features), 'feature')} → ${out}`)
  terminal.print(String(result?.digest))
  if (result?.reused === true) terminal.note('nothing was computed: the same was before, from the same data')
  else if (Number(result?.computed) < Number(result?.features))
    terminal.note(`${result?.computed} of the features were computed, the others had been before`)
  if (typeof result?.asOf === 'string') terminal.note(`as of ${result.asOf} UTC`)
}

const addFeatures = (program: Command): void => {
  program
    .command('features')
    .description('compute a training set, or features by name, point-in-time correct, into a Parquet or CSV file')
    .argument('<program>', 'a .proml file')
    .option('--model <name>', 'the training set of this model, where the file has several')
    .option('--feature <name...>', 'these features of one entity instead: of every key, or of the rows of --spine')
    .option('--spine <file>', 'for the rows of this file: its keys, at its times')
    .option('--as-of <moment>', 'all at one moment, such as 2001-01-05T18:30, in UTC; omitted: that of the newest row')
    .option('--out <file>', 'where to write (.parquet or .csv)')
    .option('--explain', 'print the SQL instead')
    .option('--preview', 'print what each use looks like on the first observations instead')
    .option('--json', 'print JSON')
    .action(async (file: string, options: FeaturesOptions) => {
      const { model, feature, spine, asOf, out } = options
      if (feature && model !== undefined)
        throw new StudioError('invalid_input', 'A model has features of its own.', {
          hint: 'Say either `--model` or `--feature`.',
        })
      // A training set that is written is kept, too, by what it is made of.
      const isOnlyRead = options.preview === true || options.explain === true || out === undefined
      await withStudio({ root: workspaceOf(file), isJson: options.json === true, isOnlyRead }, async (session) => {
        const { studio, terminal, path } = session
        if (options.preview) {
          const { profiles } = await studio.features.preview({ path: path(file), model, rows: 0 })
          return terminal.isJson ? terminal.json({ profiles }) : printProfiles(terminal, profiles)
        }
        const isAsked = feature !== undefined || spine !== undefined || asOf !== undefined || out !== undefined
        if (!options.explain && isAsked) return write(session, file, options)
        const { sql } = await studio.features.explain({ path: path(file), model })
        return terminal.isJson ? terminal.json({ sql }) : terminal.print(sql)
      })
    })
}

const printLeak = (leak: Leak, { print, note }: Terminal): void => {
  const share = (count: number | null): string =>
    count === null ? '–' : `${shareText(count, leak.rows)} (${number(count)})`
  const lines = [
    ['', 'known too early', 'seeing its own moment'],
    ...leak.uses.map(({ name, early, own }) => [name, share(early), share(own)]),
  ]
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  print(`${leak.model}: ${counted(leak.rows, 'row')}`)
  for (const line of lines)
    print(`  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
  for (const sentence of leakSentences(leak)) print(sentence)
  if (leak.uses.length === 0)
    note('No use looks back over time by the studio’s own rules: there is nothing to compare.')
}

interface LeakOptions {
  readonly model?: string
  readonly rows?: string
  readonly json?: boolean
}

const addLeak = (program: Command): void => {
  program
    .command('leak')
    .description(
      'count the training values that arrival times and open ends of windows keep from being known too early',
    )
    .argument('<program>', 'a .proml file')
    .option('--model <name>', 'which model, where the file has several')
    .option('--rows <count>', 'only the last so many observations')
    .option('--json', 'print JSON')
    .action(async (file: string, { model, rows, json }: LeakOptions) => {
      const limit = rows === undefined ? undefined : countOf(rows, '--rows')
      await withStudio(
        { root: workspaceOf(file), isJson: json === true, isOnlyRead: true },
        async ({ studio, terminal, path }) => {
          terminal.progress('Comparing training sets…')
          const leak = await studio.features.leak({ path: path(file), model, limit })
          terminal.clearProgress()
          if (terminal.isJson) return terminal.json({ ...leak, sentences: leakSentences(leak) })
          printLeak(leak, terminal)
        },
      )
    })
}

interface ExplainOptions {
  readonly model?: string
  readonly engine?: string
  readonly sql?: boolean
  readonly json?: boolean
}

const addExplain = (program: Command): void => {
  program
    .command('explain')
    .description(
      'how a model’s training set is computed: what is read, which features share a scan, their windows, the SQL',
    )
    .argument('<program>', 'a .proml file')
    .option('--model <name>', 'which model, where the file has several')
    .addOption(
      new Option('--engine <name>', 'for this engine; spark: print the statements that Spark runs, and nothing else')
        .choices(['duckdb', 'spark'])
        .default('duckdb'),
    )
    .option('--no-sql', 'leave the SQL out')
    .option('--json', 'print JSON')
    .action(async (file: string, { model, engine, sql: isShown, json }: ExplainOptions) => {
      await withStudio(
        { root: workspaceOf(file), isJson: json === true, isOnlyRead: true },
        async ({ studio, terminal, path }) => {
          const target = engine === 'spark' ? 'spark' : 'duckdb'
          const { sql, explanation, spark } = await studio.features.explain({ path: path(file), model, engine: target })
          const text = spark && isShown ? { spark: spark.sql, omitted: spark.omitted } : {}
          if (terminal.isJson) return terminal.json(isShown ? { ...explanation, sql, ...text } : explanation)
          for (const { column, reason } of spark?.omitted ?? []) terminal.note(`Left out: ${column}. ${reason}.`)
          if (spark && isShown) return terminal.print(spark.sql)
          terminal.print(explanationText(explanation))
          if (isShown) terminal.print(`\nSQL\n${sql}`)
        },
      )
    })
}

/** What is computed of features, and what can be said of it. */
export const addFeatureCommands = (program: Command): void => {
  addFeatures(program)
  addExplain(program)
  addLeak(program)
}
