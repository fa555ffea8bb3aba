import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ModelPlan } from '@shared/plan/plan'
import type { Bundle, Transfer } from '@shared/registry/registry'
import { type Run, runFiles } from '@shared/training/run'
import type { ServiceContext } from '../../electron/services/context'
import {
  createRegistryService,
  type RegistryDependencies,
  type RegistryOptions,
  type RegistryService,
} from '../../electron/services/registry/registry'

const sha256 = (content: string | Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`

/** Bytes that do not compress and depend on the seed alone. */
export const noise = (bytes: number, seed: number): Buffer => {
  const out = Buffer.alloc(bytes)
  let state = (seed * 2654435761 + 1) >>> 0
  for (let index = 0; index < bytes; index += 4) {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    for (let part = 0; part < 4 && index + part < bytes; part += 1) out[index + part] = (state >>> (8 * part)) & 255
  }
  return out
}

export interface RunOptions {
  readonly id?: string
  readonly modelBytes?: number
  readonly seed?: number
  readonly gates?: ModelPlan['gates']
  readonly auc?: number
}

const span = { start: 0, end: 0 }

/** A finished run's folder, as training writes it; the model is noise, which is all the same to the store. */
export const fabricateRun = (context: ServiceContext, options: RunOptions = {}): Run => {
  const { id = 'r-0001', modelBytes = 5000, seed = 1, auc = 0.8 } = options
  const gates = options.gates ?? [{ metric: 'auc', operator: '>=', limit: 0.65, quantile: null, span }]
  const folder = context.workspace.internal('runs', id)
  mkdirSync(folder, { recursive: true })
  const model = noise(modelBytes, seed)
  const program = `// late departures, seed ${seed}\n`
  const plan = {
    version: 1,
    namespace: 'flights',
    model: 'late_departure',
    documentation: 'Whether a flight leaves late.',
    file: 'flights.proml',
    sources: [{ name: 'flights', path: 'data/flights.parquet' }],
    observation: { source: 'flights', filter: null },
    label: { name: 'late', type: 'bool', task: 'binary' },
    features: [{ name: 'airport_delay_3h', type: 'float', documentation: 'Mean delay | of the airport', owner: null }],
    uses: [{ name: 'airport_delay_3h', type: 'float', definition: { kind: 'feature' } }],
    gates,
  }
  const run: Run = {
    version: 1,
    id,
    model: 'late_departure',
    path: 'flights.proml',
    state: 'succeeded',
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    endedAt: Date.UTC(2026, 0, 2, 3, 5, 6),
    seed: 7,
    sourceDigest: sha256(program),
    planDigest: sha256(JSON.stringify(plan)),
    dataDigest: sha256('data'),
    rows: { train: 700, valid: 150, test: 150 },
    features: 1,
    metrics: { test: { auc, log_loss: 0.4 }, train: { auc: 0.9 } },
    curves: null,
    confusion: null,
    importance: [{ name: 'airport_delay_3h', value: 1 }],
    trials: [],
    params: {},
    parity: 2e-7,
    modelDigest: sha256(model),
    modelBytes: model.byteLength,
    environment: {},
    timings: {},
    error: null,
  }
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content)
  write(runFiles.model, model)
  write(runFiles.signature, JSON.stringify({ version: 1, model: 'late_departure', inputs: [], outputs: [] }))
  write(runFiles.baseline, JSON.stringify({ version: 1, rows: 700, seed }))
  write(runFiles.plan, JSON.stringify(plan))
  write(runFiles.program, program)
  write(runFiles.golden, JSON.stringify({ inputs: {}, outputs: {}, labels: [] }))
  write(runFiles.run, JSON.stringify(run))
  return run
}

export interface TestRegistry {
  readonly service: RegistryService
  readonly events: { name: string; payload: unknown }[]
  bundle(run: Run, options?: { tag?: string; asDraft?: boolean }): Promise<Bundle>
  push(bundle: Bundle, remote: string, tag: string, repository?: string): Promise<Transfer>
  /** The transfer once its state is one of these. */
  until(id: string, states: readonly Transfer['state'][]): Promise<Transfer>
  pull(remote: string, repository: string, reference: string): Promise<{ digest: string }>
}

export const call = { signal: new AbortController().signal }

/** The registry service on a test's workspace, with runs of `runs` for training. */
export const testRegistry = (
  context: ServiceContext,
  runs: () => readonly Run[],
  options: RegistryOptions = {},
  runtime: RegistryDependencies['runtime'] = null,
): TestRegistry => {
  const events: { name: string; payload: unknown }[] = []
  const service = createRegistryService(
    context,
    (name, payload) => events.push({ name, payload }),
    {
      training: {
        runFolder: (id) => context.workspace.internal('runs', id),
        readRun: async (id) => {
          const run = runs().find((one) => one.id === id)
          if (!run) throw new Error(`no run ${id}`)
          return run
        },
      },
      runtime,
    },
    { backoff: { baseMs: 20, capMs: 100 }, ...options },
  )
  const { handlers } = service
  return {
    service,
    events,
    bundle: (run, { tag, asDraft = false } = {}) => handlers.bundle({ runId: run.id, tag, asDraft }, call),
    push: (bundle, remote, tag, repository) =>
      handlers.push({ digest: bundle.digest, remote, tag, repository }, call) as Promise<Transfer>,
    async until(id, states) {
      for (;;) {
        const found = (await handlers.outbox({}, call)).find((one) => one.id === id)
        if (found && states.includes(found.state)) return found
        await delay(15)
      }
    },
    async pull(remote, repository, reference) {
      const { jobId } = await handlers.pull({ remote, repository, reference }, call)
      return (await context.jobs.finished(jobId)) as { digest: string }
    },
  }
}

export const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await new Promise((resolve) => server.close(resolve))
  return port
}

export const dockerRegistryBinary = ['/usr/bin/docker-registry', '/usr/local/bin/docker-registry'].find((path) =>
  existsSync(path),
)

/** What each answer of the server said: method, path, status. */
export interface DockerRegistry {
  readonly url: string
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** bcrypt of `secret`, cost 5; made once with the C library's crypt. */
export const htpasswd = 'ada:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n'

/** Debian's docker-registry 2.8.2, storing below `folder`. */
export const startDockerRegistry = async (
  folder: string,
  options: { readonly withPassword?: boolean } = {},
): Promise<DockerRegistry> => {
  if (dockerRegistryBinary === undefined)
    throw new Error('docker-registry is not installed: apt-get install docker-registry')
  const port = await freePort()
  const passwords = join(folder, 'htpasswd')
  const configuration = join(folder, 'registry.yml')
  mkdirSync(folder, { recursive: true })
  writeFileSync(passwords, htpasswd)
  writeFileSync(
    configuration,
    `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: "${join(folder, 'data')}" }, delete: { enabled: true } }
http: { addr: "127.0.0.1:${port}", secret: "a fixed secret, or no upload outlives a restart" }
${options.withPassword ? `auth: { htpasswd: { realm: test, path: "${passwords}" } }` : ''}
`,
  )
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | null = null
  const start = async (): Promise<void> => {
    child = spawn(dockerRegistryBinary, ['serve', configuration], { stdio: 'ignore' })
    for (;;) {
      const answers = await fetch(`${url}/v2/`).then(
        (response) => response.status < 500,
        () => false,
      )
      if (answers) return
      await delay(20)
    }
  }
  await start()
  return {
    url,
    start,
    async kill() {
      const running = child
      child = null
      if (running === null || running.exitCode !== null) return
      const end = new Promise((resolve) => running.once('exit', resolve))
      running.kill('SIGKILL')
      await end
    },
  }
}
