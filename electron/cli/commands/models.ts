import { extname, resolve } from 'node:path'
import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import type { Run } from '@shared/training/run'
import type { Command } from 'commander'
import { writeFileDurably } from '../../services/workspace/durable'
import { exitCodes } from '../exitCodes'
import { type Session, unsavedText, withStudio, workspaceOf } from '../session'

const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : value.toFixed(4)

/** `run:<id>`, `r-0001`, a digest, or nothing for the newest finished run. */
export const referenceOf = async (session: Session, named?: string): Promise<string> => {
  if (named?.startsWith('run:') || named?.startsWith('sha256:')) return named
  if (named) return `run:${named}`
  const newest = (await session.studio.training.runs({})).find((run) => run.state === 'succeeded')
  if (!newest)
    throw new StudioError('not_found', 'There is no finished run here.', {
      hint: 'Train first: proml train <program>.',
    })
  return `run:${newest.id}`
}

export const summaryOf = (run: Pick<Run, 'id' | 'model' | 'state' | 'metrics' | 'rows' | 'parity'>): string =>
  `${run.id}  ${run.model}  ${run.state}  auc test ${figure(run.metrics.test?.auc)}  log loss ${figure(run.metrics.test?.log_loss)}  parity ${run.parity === null ? '–' : run.parity.toExponential(1)}`

interface TrainOptions {
  readonly model?: string
  readonly unsaved?: string
  readonly events?: boolean
  readonly json?: boolean
}

/** The run that is named, or the newest finished one, of a model where that is named. */
const evaluatedRun = async (
  { studio }: Session,
  named: string | undefined,
  model: string | undefined,
): Promise<Run> => {
  if (named) return studio.training.run({ id: named.replace(/^run:/, '') })
  const newest = (await studio.training.runs({})).find(
    (run) => run.state === 'succeeded' && (model === undefined || run.model === model),
  )
  if (newest) return studio.training.run({ id: newest.id })
  throw new StudioError(
    'not_found',
    model ? `There is no finished run of \`${model}\`.` : 'There is no finished run here.',
    {
      hint: 'Train first: proml train <program>.',
    },
  )
}

const printEvaluation = ({ terminal }: Session, run: Run): void => {
  terminal.print(summaryOf(run))
  const splits = Object.entries(run.metrics)
  for (const metric of Object.keys(splits[0]?.[1] ?? {}))
    terminal.print(
      `  ${metric.padEnd(10)} ${splits.map(([split, metrics]) => `${split} ${figure(metrics[metric])}`).join('  ')}`,
    )
  if (run.confusion) {
    const { threshold, truePositive, falsePositive, trueNegative, falseNegative } = run.confusion
    terminal.print(
      `  at ${figure(threshold)}: ${truePositive} true and ${falsePositive} false positives, ${trueNegative} true and ${falseNegative} false negatives`,
    )
  }
  for (const { name, value } of run.importance.slice(0, 8))
    terminal.print(`  ${(value * 100).toFixed(1).padStart(5)} %  ${name}`)
}

export const addModelCommands = (program: Command): void => {
  program
    .command('train')
    .description('train a model on this machine')
    .argument('<program>', 'a .proml file')
    .option('--model <name>', 'which model, where the file has several')
    .option('--unsaved <file>', 'train this text as what the program will hold; - is standard input')
    .option('--events', 'tell progress and metrics as JSON lines on standard error')
    .option('--json', 'print JSON')
    .action(async (file: string, options: TrainOptions) => {
      const { model, json: isJson = false, events: hasEvents } = options
      const text = unsavedText(options.unsaved)
      await withStudio({ root: workspaceOf(file), isJson, hasEvents }, async (session) => {
        const { jobId, runId } = await session.studio.training.start({ path: session.path(file), model, text })
        await session.job(jobId)
        const run = await session.studio.training.run({ id: runId })
        if (session.terminal.isJson) return session.terminal.json(run)
        session.terminal.print(summaryOf(run))
      })
    })

  program
    .command('runs')
    .description('list training runs')
    .option('--workspace <folder>', 'workspace', '.')
    .option('--json', 'print JSON')
    .action(async (options: { workspace: string; json?: boolean }) => {
      await withStudio(
        { root: workspaceOf(options.workspace), isJson: options.json === true, isOnlyRead: true },
        async ({ studio, terminal }) => {
          const runs = await studio.training.runs({})
          if (terminal.isJson) return terminal.json(runs)
          for (const run of runs) terminal.print(summaryOf(run))
          if (runs.length === 0) terminal.print('No runs yet. proml train <program> makes one.')
        },
      )
    })

  program
    .command('eval')
    .description('what a run’s model is worth: metrics of each split, confusion, importance')
    .argument('[run]', 'run id; omitted: the newest finished run')
    .option('--model <name>', 'the newest finished run of this model')
    .option('--workspace <folder>', 'workspace', '.')
    .option('--json', 'print the whole run as JSON, its curves too')
    .action(async (named: string | undefined, options: { model?: string; workspace: string; json?: boolean }) => {
      await withStudio(
        { root: workspaceOf(options.workspace), isJson: options.json === true, isOnlyRead: true },
        async (session) => {
          const run = await evaluatedRun(session, named, options.model)
          if (session.terminal.isJson) session.terminal.json(run)
          else printEvaluation(session, run)
        },
      )
    })

  program
    .command('run')
    .description('run a model on a file of observations (or on its own test rows)')
    .argument('[file]', 'Parquet or CSV; omitted: the run’s own test rows')
    .option('--model <reference>', 'run id or bundle digest; omitted: the newest finished run')
    .option('--out <file>', 'where to write (.parquet or .csv)', 'predictions.parquet')
    .option('--workspace <folder>', 'workspace', '.')
    .option('--no-log', 'do not keep the predictions for health')
    .option('--json', 'print JSON')
    .action(
      async (
        file: string | undefined,
        options: { model?: string; out: string; workspace: string; log: boolean; json?: boolean },
      ) => {
        await withStudio(
          { root: workspaceOf(file ?? options.workspace), isJson: options.json === true },
          async (session) => {
            const reference = await referenceOf(session, options.model)
            const agreement = await session.studio.runtime.agreement({ reference })
            const { jobId } = await session.studio.runtime.predictFile({
              reference,
              path: file ? session.path(file) : '',
              output: session.path(options.out),
              split: file ? 'all' : 'test',
              log: options.log,
            })
            const { result } = await session.job(jobId)
            if (session.terminal.isJson) return session.terminal.json({ ...result, agreement })
            session.terminal.print(
              `${reference}: ${counted(Number(result?.rows), 'row')} → ${options.out} (${Math.round(Number(result?.rowsPerSecond)).toLocaleString('en-US')} rows/s)`,
            )
            session.terminal.print(
              `native against Python on ${agreement.rows} golden rows: largest difference ${agreement.maxDifference.toExponential(1)}`,
            )
          },
        )
      },
    )

  program
    .command('health')
    .description('compare logged predictions with the training baseline; exits 4 when the verdict is bad')
    .option('--model <reference>', 'run id or bundle digest; omitted: the newest finished run')
    .option('--labels <file>', 'file with the labels that came later')
    .option('--workspace <folder>', 'workspace', '.')
    .option('--json', 'print JSON')
    .action(async (options: { model?: string; labels?: string; workspace: string; json?: boolean }) => {
      await withStudio(
        { root: workspaceOf(options.workspace), isJson: options.json === true, isOnlyRead: true },
        async (session) => {
          const { studio, terminal } = session
          const reference = await referenceOf(session, options.model)
          if (options.labels) {
            const { matched, unmatched } = await studio.health.labels({ reference, path: session.path(options.labels) })
            terminal.note(
              `${matched.toLocaleString('en-US')} labels joined; ${unmatched.toLocaleString('en-US')} are of rows that were not predicted`,
            )
          }
          const report = await studio.health.report({ reference })
          if (report.verdict === 'bad') process.exitCode = exitCodes.belowLimits
          if (terminal.isJson) return terminal.json(report)
          terminal.print(`${report.model}: ${report.verdict} on ${counted(report.rows, 'prediction')}`)
          for (const cause of report.causes)
            terminal.print(`  ${cause.verdict.padEnd(5)} ${cause.title}: ${cause.detail}`)
          if (report.performance)
            terminal.print(
              `  auc ${figure(report.performance.baseline.auc)} in training → ${figure(report.performance.current.auc)} on ${report.performance.labelled.toLocaleString('en-US')} labelled predictions`,
            )
        },
      )
    })

  program
    .command('export')
    .description('write a model’s ONNX file')
    .argument('<out>', 'a .onnx file')
    .option('--model <reference>', 'run id or bundle digest; omitted: the newest finished run')
    .option('--workspace <folder>', 'workspace', '.')
    .option('--json', 'print JSON')
    .action(async (out: string, options: { model?: string; workspace: string; json?: boolean }) => {
      if (extname(out).toLowerCase() !== '.onnx')
        throw new StudioError('invalid_input', `A model is not written as \`${out}\`.`, {
          hint: 'Name a file that ends in `.onnx`.',
        })
      await withStudio(
        { root: workspaceOf(options.workspace), isJson: options.json === true, isOnlyRead: true },
        async (session) => {
          const reference = await referenceOf(session, options.model)
          const { onnx, digest } = await session.studio.runtime.model({ reference })
          const path = resolve(out)
          await writeFileDurably(path, onnx)
          if (session.terminal.isJson) return session.terminal.json({ reference, digest, path, bytes: onnx.byteLength })
          session.terminal.print(`${digest}  ${out}`)
        },
      )
    })
}
