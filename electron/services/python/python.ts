import { availableParallelism } from 'node:os'
import { join, sep } from 'node:path'
import { StudioError, toStudioError } from '@shared/errors'
import type { PythonEnvironment, PythonStatus, pythonContract } from '@shared/rpc/python'
import type { Emit, Service, ServiceContext } from '../context'
import { candidateInterpreters, type Interpreter, neededPackages, probeAll, probeInterpreter } from './interpreters'
import { ensureManagedPython, isManagedPythonReady, managedPython } from './managed'

export type PythonService = Service<typeof pythonContract> & {
  /** Absolute path of the managed interpreter; `python_missing` while it is not there. */
  interpreter(): Promise<string>
  /** Whether somebody is making the managed environment at this moment. */
  isBeingSetUp(): boolean
  /** Environment variables for child processes that run Python, to be laid over the parent’s. */
  environment(): Record<string, string>
  /** Resolves when the managed environment is ready, making it if need be. */
  ready(signal?: AbortSignal): Promise<string>
}

/** One core is left to the window, unless the user decided. */
export const pythonThreads = (): number => Math.max(1, availableParallelism() - 1)

const describe = (probe: Interpreter, managedFolder: string): PythonEnvironment => {
  const isManaged = probe.prefix === managedFolder
  const kind = isManaged
    ? 'managed'
    : probe.isConda
      ? 'conda'
      : probe.prefix !== probe.basePrefix
        ? 'venv'
        : /[\\/]\.?pyenv[\\/]/.test(probe.prefix)
          ? 'pyenv'
          : 'system'
  const version = probe.version.join('.')
  const names = { managed: 'Managed', conda: 'Conda', venv: 'Virtual environment', pyenv: 'pyenv', system: 'System' }
  const place = probe.prefix.split(/[\\/]/).at(-1)
  return {
    id: isManaged ? 'managed' : probe.prefix,
    label:
      kind === 'venv' || kind === 'conda'
        ? `${names[kind]} ${place} · Python ${version}`
        : `${names[kind]} · Python ${version}`,
    kind,
    python: probe.executable,
    version,
    missing: neededPackages.filter((name) => !probe.packages[name]),
  }
}

export const createPythonService = (
  context: Pick<ServiceContext, 'platform' | 'jobs' | 'workspace' | 'log'>,
  emit: Emit<typeof pythonContract>,
  /** To ask an interpreter what it is means to run it; a restricted workspace’s own are not asked. */
  isTrusted: () => boolean = () => true,
): PythonService => {
  const { platform, jobs, workspace } = context
  const controller = new AbortController()
  let status: PythonStatus = { state: 'unknown', message: '', environment: null, jobId: null }
  let installing: Promise<string> | null = null

  const setStatus = (next: PythonStatus): PythonStatus => {
    status = next
    emit('changed', next)
    return next
  }

  const managed = () => managedPython(platform)

  const readyStatus = async (): Promise<PythonStatus> => {
    const { python, folder } = managed()
    const probe = await probeInterpreter(python)
    if (!probe)
      return { state: 'failed', message: 'The managed Python does not start.', environment: null, jobId: null }
    const environment = describe({ ...probe, prefix: folder }, folder)
    return { state: 'ready', message: `Python ${environment.version} is ready.`, environment, jobId: null }
  }

  const current = async (): Promise<PythonStatus> => {
    if (status.state === 'installing') return status
    if (isManagedPythonReady(managed())) {
      // Another process may have finished it meanwhile.
      if (status.state !== 'ready') setStatus(await readyStatus())
      return status
    }
    if (status.state === 'failed') return status
    return { state: 'missing', message: 'Python is not set up yet.', environment: null, jobId: null }
  }

  const start = (): Promise<string> => {
    if (installing) return installing
    const job = jobs.start({ kind: 'python-setup', title: 'Set up Python' }, async (handle) => {
      const python = await ensureManagedPython({
        home: platform.home,
        resources: platform.resources,
        signal: AbortSignal.any([handle.signal, controller.signal]),
        onLine: (line) => handle.log(line),
        onProgress: (fraction, message) => {
          handle.progress(fraction, message)
          if (message !== status.message)
            setStatus({ state: 'installing', message, environment: null, jobId: handle.id })
        },
      })
      return { python }
    })
    setStatus({ state: 'installing', message: 'Preparing Python', environment: null, jobId: job.id })
    installing = jobs
      .finished(job.id)
      .then(async () => {
        setStatus(await readyStatus())
        return managed().python
      })
      .catch((thrown: unknown) => {
        const error = toStudioError(thrown)
        const state = error.code === 'python_missing' || error.code === 'cancelled' ? 'missing' : 'failed'
        const message = [error.message, error.hint].filter(Boolean).join(' ')
        setStatus({ state, message, environment: null, jobId: job.id })
        throw error
      })
      .finally(() => {
        installing = null
      })
    installing.catch(() => {})
    return installing
  }

  const interpreter = async (): Promise<string> => {
    const { python } = managed()
    if (isManagedPythonReady(managed())) return python
    if (installing)
      throw new StudioError('python_missing', 'Python is still being set up.', {
        hint: 'Wait for the job “Set up Python” in the status bar to finish.',
      })
    throw new StudioError('python_missing', 'Python is not set up yet.', {
      hint: 'Start “Set up Python” (or run `npm run doctor` in a terminal).',
    })
  }

  return {
    handlers: {
      status: current,
      ensure: async () => {
        const now = await current()
        if (now.state === 'ready' || now.state === 'installing') return now
        void start().catch(() => {})
        return status
      },
      environments: async (_input, { signal }) => {
        const { folder } = managed()
        const local = ['.venv', 'venv', 'env'].map((name) => join(workspace.root, name))
        const folders = [folder, ...local, ...(process.env.VIRTUAL_ENV ? [process.env.VIRTUAL_ENV] : [])]
        const isOwn = (path: string): boolean => path.startsWith(workspace.root + sep)
        const pythons = (await candidateInterpreters({ folders })).filter((path) => isTrusted() || !isOwn(path))
        const probes = await probeAll(pythons, signal)
        const found = probes.filter((probe) => probe.version[0] === 3 && probe.version[1] >= 9)
        const order = ['managed', 'venv', 'conda', 'pyenv', 'system']
        return found
          .filter((probe) => probe.prefix !== folder || isManagedPythonReady(managed()))
          .map((probe) => describe(probe, folder))
          .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.missing.length - b.missing.length)
      },
    },
    interpreter,
    isBeingSetUp: () => installing !== null && !isManagedPythonReady(managed()),
    ready: async (signal) => {
      if (isManagedPythonReady(managed())) return managed().python
      const setup = start()
      if (!signal) return setup
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new StudioError('cancelled', 'Cancelled.')), { once: true })
      })
      return Promise.race([setup, aborted])
    },
    environment: () => {
      const threads = process.env.OMP_NUM_THREADS ?? String(pythonThreads())
      const ours = join(platform.resources, 'python')
      return {
        // The managed environment is pinned; what a shell puts on PYTHONPATH for other Pythons must not enter it.
        PYTHONPATH: ours,
        PYTHONUTF8: '1',
        PYTHONUNBUFFERED: '1',
        PYTHONNOUSERSITE: '1',
        OMP_NUM_THREADS: threads,
        OPENBLAS_NUM_THREADS: threads,
        MKL_NUM_THREADS: threads,
        NUMEXPR_NUM_THREADS: threads,
      }
    },
    dispose: async () => {
      controller.abort()
      await installing?.catch(() => {})
    },
  }
}
