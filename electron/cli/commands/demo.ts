import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import type { Run } from '@shared/training/run'
import type { Command } from 'commander'
import { cliPlatform, type Session, withStudio } from '../session'
import { wasmAgreement } from '../wasmAgreement'
import { remoteNamed, transferred } from './registry'

const program = 'flights.proml'
const withHistory = 'late_departure'
const withoutHistory = 'late_departure_without_history'

/** How far an engine may be from Python on a probability. */
const engineTolerance = 1e-5

const count = (value: number): string => value.toLocaleString('en-US')
const auc = (run: Run): string => (run.metrics.test?.auc ?? Number.NaN).toFixed(4)

/** What the demo shows, one fact a key; also its `--json`. */
interface DemoFacts {
  rowsRead: number
  columns: number
  notebookCells: number
  diagnostics: number
  featuresComputed: number
  trainingRows: number
  aucWithHistory: number
  aucWithoutHistory: number
  agreement: { engine: string; rows: number; maxDifference: number }[]
  gates: { gate: string; verdict: string }[]
  predictions: number
  health: string
  digest: string
  pushedTo: string
}

const train = async ({ studio, job }: Session, model: string): Promise<Run> => {
  const { jobId, runId } = await studio.training.start({ path: program, model })
  await job(jobId)
  return studio.training.run({ id: runId })
}

const runThread = async (session: Session, registry: string): Promise<DemoFacts> => {
  const { studio, terminal, job } = session
  const stage = (name: string, text: string) => {
    terminal.clearProgress()
    if (!terminal.isJson) terminal.print(`${name.padEnd(9)} ${text}`)
  }

  const schema = await studio.data.schema({ path: 'data/flights.parquet' })
  const delay = await studio.data.profile({ path: 'data/flights.parquet', column: 'delay' })
  stage(
    'Explore',
    `${count(delay.rows)} rows read, ${schema.columns.length} columns; median delay ${delay.quantiles?.p50} min, p95 ${delay.quantiles?.p95} min`,
  )
  const notebook = await job((await studio.kernels.runNotebook({ path: 'explore.ipynb' })).jobId)
  stage('', `notebook explore.ipynb: ${notebook.result?.cells} cells run in a Jupyter kernel`)

  const { diagnostics, elapsedMs } = await studio.language.check({ path: program })
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  stage(
    'Author',
    `${program}: ${counted(errors, 'error')}, ${counted(diagnostics.length - errors, 'warning')} (checked in ${elapsedMs.toFixed(0)} ms)`,
  )

  const training = await job(
    (await studio.features.trainingSet({ path: program, model: withHistory, output: 'training-set.parquet' })).jobId,
  )
  const { uses } = await studio.language.plan({ path: program, model: withHistory })
  const joined = uses.filter(({ definition }) => definition.kind === 'feature').length
  stage(
    'Features',
    `${joined} features computed point-in-time, and ${uses.length - joined} columns of the row, for ${count(Number(training.result?.rows))} departures`,
  )

  const plain = await train(session, withoutHistory)
  const full = await train(session, withHistory)
  stage('Train', `AUC on the test split (by time): ${auc(full)} with window features, ${auc(plain)} without`)

  const reference = `run:${full.id}`
  const native = await studio.runtime.agreement({ reference })
  const wasm = await wasmAgreement(await studio.runtime.model({ reference }))
  const agreement = [
    { engine: 'native', ...native },
    { engine: 'wasm', ...wasm },
  ]
  stage(
    'Run',
    `agreement with Python on ${native.rows} golden rows: native ${native.maxDifference.toExponential(1)}, WASM ${wasm.maxDifference.toExponential(1)} (WebGPU runs in the window)`,
  )

  const worst = Math.max(native.maxDifference, wasm.maxDifference)
  if (!(worst <= engineTolerance))
    throw new StudioError(
      'model_failed',
      `The engines differ from Python by ${worst.toExponential(1)}, more than ${engineTolerance}.`,
      {
        hint: 'This is a defect: please report it with the model file.',
      },
    )

  const gates = await studio.registry.gates({ runId: full.id })
  stage('Deploy', `gates: ${gates.map(({ gate, verdict }) => `${gate} ${verdict}`).join(', ')}`)
  const bundle = await studio.registry.bundle({ runId: full.id, tag: 'demo' })
  const remote = await remoteNamed(session, registry)

  const scored = await job(
    (await studio.runtime.predictFile({ reference, path: '', output: 'predictions.parquet', split: 'test', log: true }))
      .jobId,
  )
  const labels = await studio.health.labels({ reference, path: 'data/flights.parquet' })
  const report = await studio.health.report({ reference })
  const live = report.performance?.current.auc
  stage(
    'Watch',
    `${count(Number(scored.result?.rows))} predictions logged, ${count(labels.matched)} labels joined: verdict ${report.verdict}, AUC in service ${live === undefined ? '–' : live.toFixed(4)}`,
  )
  for (const cause of report.causes.slice(0, 3)) stage('', `${cause.verdict}: ${cause.title}`)

  const transfer = await transferred(
    session,
    (await studio.registry.push({ digest: bundle.digest, remote, tag: 'demo' })).id,
  )
  if (transfer.state !== 'done')
    throw new StudioError(
      'registry_unreachable',
      `The push is ${transfer.state}: ${transfer.reason ?? 'no reason given'}`,
      { hint: transfer.hint ?? undefined },
    )
  const there = await studio.registry.tags({ remote, repository: transfer.repository })
  if (!there.includes('demo'))
    throw new StudioError('registry_refused', `The registry does not list ${transfer.repository}:demo after the push.`)
  const pushedTo = `${transfer.remote}/${transfer.repository}:${transfer.tag}`
  stage('Pushed', `${transfer.digest} to ${pushedTo}`)

  return {
    rowsRead: delay.rows,
    columns: schema.columns.length,
    notebookCells: Number(notebook.result?.cells),
    diagnostics: diagnostics.length,
    featuresComputed: joined,
    trainingRows: Number(training.result?.rows),
    aucWithHistory: full.metrics.test?.auc ?? Number.NaN,
    aucWithoutHistory: plain.metrics.test?.auc ?? Number.NaN,
    agreement,
    gates: gates.map(({ gate, verdict }) => ({ gate, verdict })),
    predictions: Number(scored.result?.rows),
    health: report.verdict,
    digest: transfer.digest,
    pushedTo,
  }
}

export const addDemoCommand = (cli: Command): void => {
  cli
    .command('demo')
    .description('the whole thread on the sample of 200,000 real flights, without a window')
    .option('--registry <registry>', 'where to push: a registry’s name or address', 'local')
    .option('--keep <folder>', 'work in this new folder and keep it')
    .option('--json', 'print JSON')
    .action(async (options: { registry: string; keep?: string; json?: boolean }) => {
      const folder = options.keep ? resolve(options.keep) : mkdtempSync(join(tmpdir(), 'proml-demo-'))
      if (options.keep && existsSync(folder))
        throw new StudioError('already_exists', `${folder} is there already.`, { hint: 'Name a new folder.' })
      cpSync(join(cliPlatform().resources, 'samples/flights'), folder, {
        recursive: true,
        filter: (path) => !/[\\/]\.proml($|[\\/])/.test(path),
      })
      try {
        await withStudio({ root: folder, isJson: options.json === true }, async (session) => {
          const python = await session.studio.python.ensure({})
          if (python.jobId && python.state !== 'ready') {
            session.terminal.note('Making the Python environment (once; a minute or two)…')
            await session.job(python.jobId)
          }
          const facts = await runThread(session, options.registry)
          if (session.terminal.isJson) session.terminal.json(facts)
        })
      } finally {
        if (!options.keep) rmSync(folder, { recursive: true, force: true })
      }
    })
}
