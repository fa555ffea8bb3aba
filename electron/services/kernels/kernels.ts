import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KernelManager } from '@jupyterlab/services'
import { referenceOf } from '@shared/data/reference'
import { StudioError } from '@shared/errors'
import type { Kernel, Variable } from '@shared/kernels/kernel'
import type { kernelsContract } from '@shared/rpc/kernels'
import type { PythonEnvironment } from '@shared/rpc/python'
import type { Emit, Platform, Service, ServiceContext } from '../context'
import { keepFrame } from '../data/frames'
import type { PythonService } from '../python/python'
import { takeFrame } from './frames'
import { readVariables, toCharacters, toUnits, within } from './introspection'
import { spillName } from './outputs'
import { runNotebook } from './runNotebook'
import { type JupyterServer, startJupyterServer } from './server'
import { createKernelSession, type KernelSession } from './session'

export type KernelsService = Service<typeof kernelsContract>

export interface KernelsDependencies {
  readonly python: Pick<PythonService, 'interpreter' | 'environment' | 'handlers'>
  /** A restricted workspace runs nothing. */
  readonly isTrusted?: () => boolean
}

const managedSpec = 'managed'
/** How long a question may wait for a kernel that is busy with a cell. */
const questionMs = 5000

const extensions = 'InteractiveShellApp.extra_extensions'

/** How a notebook finds the studio that started its kernel. */
const studioEnvironment = ({ code, home }: Platform): Record<string, string> => ({
  PROML_COMMAND: JSON.stringify([process.execPath, '--disable-warning=ExperimentalWarning', join(code, 'cli.js')]),
  PROML_HOME: home,
})

interface Server {
  readonly jupyter: JupyterServer
  readonly manager: KernelManager
}

const specNameOf = (environment: PythonEnvironment): string =>
  environment.kind === 'managed'
    ? managedSpec
    : `env-${createHash('sha256').update(environment.id).digest('hex').slice(0, 10)}`

export const createKernelsService = (
  context: ServiceContext,
  emit: Emit<typeof kernelsContract>,
  { python, isTrusted = () => true }: KernelsDependencies,
): KernelsService => {
  const { workspace, platform, jobs, log } = context
  const sessions = new Map<string, KernelSession>()
  /** Kernels of notebooks that run without a window; no window may take one for its own. */
  const jobSessions = new Map<string, KernelSession>()
  const starting = new Map<string, Promise<KernelSession>>()
  const variables = new Map<string, Variable[]>()
  let server: Promise<Server> | null = null
  let isDisposed = false

  const loseAll = (): void => {
    const lost = server
    server = null
    if (isDisposed) return
    log.warn('The Jupyter server ended unexpectedly.')
    for (const session of [...sessions.values(), ...jobSessions.values()])
      session.lose('The Jupyter server ended, and the kernel with it. All variables are lost.')
    // Who asked it goes on asking until told; its folder and its connections go too.
    lost
      ?.then(async ({ jupyter, manager }) => {
        manager.dispose()
        await jupyter.dispose()
      })
      .catch(() => {})
  }

  const startServer = async (): Promise<Server> => {
    const interpreter = await python.interpreter()
    const jupyter = await startJupyterServer({
      python: interpreter,
      launcher: join(platform.resources, 'python', 'launcher.py'),
      environment: python.environment(),
      root: workspace.root,
      onExit: loseAll,
    })
    return { jupyter, manager: new KernelManager({ serverSettings: jupyter.settings, standby: 'never' }) }
  }

  const serverNow = (): Promise<Server> => {
    if (server) return server
    if (isDisposed) return Promise.reject(new StudioError('cancelled', 'The workspace was closed.'))
    const started = startServer()
    server = started
    started.catch(() => {
      if (server === started) server = null
    })
    return started
  }

  const specFor = async (name: string): Promise<{ displayName: string; python: string }> => {
    if (name === managedSpec) return { displayName: 'Python (managed)', python: await python.interpreter() }
    const environments = await python.handlers.environments({}, { signal: AbortSignal.timeout(20_000) })
    const found = environments.find((environment) => specNameOf(environment) === name)
    if (!found)
      throw new StudioError('not_found', `There is no kernel \`${name}\` any more.`, {
        hint: 'Pick another kernel in the notebook’s toolbar.',
      })
    return { displayName: found.label, python: found.python }
  }

  /** Kernel specs are files that the server reads when a kernel is started. */
  const writeSpec = async (folder: string, name: string): Promise<string> => {
    const { displayName, python: interpreter } = await specFor(name)
    const place = join(folder, 'kernels', name)
    await mkdir(place, { recursive: true })
    const spec = {
      // The magics are there without a line in the user's own profile.
      argv: [interpreter, '-m', 'ipykernel_launcher', '-f', '{connection_file}', `--${extensions}=proml`],
      display_name: displayName,
      language: 'python',
      env: { ...python.environment(), ...studioEnvironment(platform) },
      interrupt_mode: 'signal',
    }
    await writeFile(join(place, 'kernel.json'), JSON.stringify(spec))
    return displayName
  }

  const requireTrust = (): void => {
    if (!isTrusted())
      throw new StudioError('permission_denied', 'This workspace is restricted: no code runs in it.', {
        hint: 'Trust the workspace if you know where it came from.',
      })
  }

  const startSession = async (
    path: string,
    spec: string,
    owners: Map<string, KernelSession>,
  ): Promise<KernelSession> => {
    const { jupyter, manager } = await serverNow()
    const displayName = await writeSpec(jupyter.specs, spec)
    // The server takes the folder of `path` as the kernel's working directory; the library's type does not know it.
    const request: { name: string; path: string } = { name: spec, path }
    const connection = await manager.startNew(request).catch((error: unknown) => {
      throw new StudioError('kernel_failed', 'The kernel could not be started.', {
        hint: 'The Output panel has what the Jupyter server said.',
        cause: error,
        detail: jupyter.lastWords(),
      })
    })
    // A job tells its own progress; its kernel is nobody else's business.
    const tell: Emit<typeof kernelsContract> = owners === jobSessions ? () => {} : emit
    const kernel: Kernel = { id: connection.id, path, spec, displayName, status: 'starting', deaths: 0 }
    const session = createKernelSession({
      kernel,
      connection,
      emit: tell,
      lastWords: jupyter.lastWords,
      spillOf: (cellId) => {
        const name = spillName(path, cellId)
        return { path: workspace.internal(...name.split('/')), shownAs: `.proml/${name}` }
      },
    })
    owners.set(kernel.id, session)
    tell('changed', kernel)
    // The first completion loads the completer, which takes seconds; nobody should wait for it later.
    connection.requestComplete({ code: 'import os; os.', cursor_pos: 14 }).catch(() => {})
    return session
  }

  const forget = async (session: KernelSession): Promise<void> => {
    sessions.delete(session.kernel().id)
    variables.delete(session.kernel().id)
    await session.dispose()
  }

  const find = (id: string): KernelSession => {
    const session = sessions.get(id)
    if (!session)
      throw new StudioError('kernel_dead', 'This kernel is not running any more.', {
        hint: 'Start a kernel for the notebook again.',
      })
    return session
  }

  const start = async (given: string, wanted: string | undefined): Promise<KernelSession> => {
    const path = workspace.relative(workspace.resolve(given))
    for (const session of [...sessions.values()]) {
      const kernel = session.kernel()
      if (kernel.path !== path) continue
      if (kernel.status !== 'dead' && (wanted === undefined || kernel.spec === wanted)) return session
      await forget(session)
    }
    return startSession(path, wanted ?? managedSpec, sessions)
  }

  return {
    handlers: {
      specs: async (_input, { signal }) => {
        const environments = await python.handlers.environments({}, { signal })
        const others = environments.filter(({ kind, missing }) => kind !== 'managed' && !missing.includes('ipykernel'))
        const managed = environments.find(({ kind }) => kind === 'managed')
        return [
          {
            name: managedSpec,
            displayName: managed ? `Python ${managed.version} (managed)` : 'Python (managed)',
            language: 'python',
          },
          ...others.map((environment) => ({
            name: specNameOf(environment),
            displayName: environment.label,
            language: 'python',
          })),
        ]
      },
      list: async () => [...sessions.values()].map((session) => session.kernel()),
      start: async ({ path, spec }) => {
        requireTrust()
        const key = JSON.stringify([path, spec])
        const pending = starting.get(key) ?? start(path, spec).finally(() => starting.delete(key))
        starting.set(key, pending)
        return (await pending).kernel()
      },
      execute: async ({ kernelId, cellId, code }) => {
        requireTrust()
        return find(kernelId).execute({ cellId, code })
      },
      executions: async ({ kernelId }) => find(kernelId).executions(),
      input: async ({ kernelId, value }) => {
        find(kernelId).answer(value)
        return {}
      },
      interrupt: async ({ kernelId }) => {
        await find(kernelId).interrupt()
        return {}
      },
      restart: ({ kernelId }) => find(kernelId).restart(),
      shutdown: async ({ kernelId }) => {
        await forget(find(kernelId))
        return {}
      },
      complete: async ({ kernelId, code, cursor }, { signal }) => {
        const { connection } = find(kernelId)
        const request = connection.requestComplete({ code, cursor_pos: toCharacters(code, cursor) })
        const content = (await within(request, questionMs, signal))?.content
        if (content?.status !== 'ok') return { matches: [], start: cursor, end: cursor }
        const typed = content.metadata._jupyter_types_experimental
        const types = Array.isArray(typed) ? typed : []
        return {
          matches: content.matches.map((text, index) => {
            const entry: unknown = types[index]
            const type = entry && typeof entry === 'object' && 'type' in entry ? String(entry.type) : undefined
            return { text, ...(type ? { type } : {}) }
          }),
          start: toUnits(code, content.cursor_start),
          end: toUnits(code, content.cursor_end),
        }
      },
      inspect: async ({ kernelId, code, cursor }, { signal }) => {
        const { connection } = find(kernelId)
        const request = connection.requestInspect({ code, cursor_pos: toCharacters(code, cursor), detail_level: 0 })
        const content = (await within(request, questionMs, signal))?.content
        const text = content?.status === 'ok' && content.found ? content.data['text/plain'] : null
        return typeof text === 'string' ? { isFound: true, text } : { isFound: false, text: '' }
      },
      variables: async ({ kernelId }, { signal }) => {
        const session = find(kernelId)
        const known = variables.get(kernelId) ?? []
        // A busy kernel answers after its cell; until then the last answer stands.
        if (session.kernel().status === 'busy') return known
        const found = await within(readVariables(session.connection), questionMs, signal)
        if (found) variables.set(kernelId, found)
        return found ?? known
      },
      snapshot: async ({ kernelId, name }, { signal }) => {
        const session = find(kernelId)
        const { path: notebook } = session.kernel()
        if (session.isRunning())
          throw new StudioError('engine_busy', `The kernel of \`${notebook}\` is busy.`, {
            hint: 'Wait until its cell has ended, or interrupt it, and try again.',
          })
        const note = await keepFrame(workspace, { notebook, name }, (write) =>
          takeFrame(session.connection, name, write, signal),
        )
        const path = referenceOf({ kind: 'notebook', path: notebook, options: { name } })
        emit('copied', { path })
        return { path, note }
      },
      runNotebook: async ({ path, outputPath }) => {
        requireTrust()
        const absolute = workspace.resolve(path)
        const name = workspace.relative(absolute)
        if (!existsSync(absolute))
          throw new StudioError('not_found', `There is no notebook \`${name}\`.`, {
            hint: 'Check the path; it is relative to the workspace.',
          })
        await python.interpreter()
        const target = workspace.resolve(outputPath ?? path)
        const job = jobs.start({ kind: 'notebook', title: `Run ${name}` }, (handle) =>
          runNotebook(
            {
              path: absolute,
              outputPath: target,
              name: workspace.relative(target),
              start: () => startSession(name, managedSpec, jobSessions),
            },
            handle,
          ),
        )
        return { jobId: job.id }
      },
    },
    dispose: async () => {
      isDisposed = true
      await Promise.allSettled([...starting.values()])
      const ending = [...sessions.values(), ...jobSessions.values()].map((session) => session.dispose())
      sessions.clear()
      jobSessions.clear()
      // The server ends its kernels itself; they get a moment to end in order.
      await Promise.race([Promise.allSettled(ending), new Promise((done) => setTimeout(done, 3000))])
      const last = await server?.catch(() => null)
      last?.manager.dispose()
      await last?.jupyter.dispose()
    },
  }
}
