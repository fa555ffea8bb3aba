import { createDispatcher, type Dispatcher, type HandlerTable } from '@shared/rpc/server'
import { type ServiceName, type StudioContract, studioContract } from '@shared/rpc/studio'
import type { WorkspaceInfo } from '@shared/rpc/workspace'
import type { Emit, Logger, Platform, Service, ServiceContext } from './context'
import { createDataService, type DataService } from './data/data'
import { createDraftService, type DraftService } from './draft/draft'
import { createFeaturesService, type FeaturesService } from './features/features'
import { createHealthService, type HealthService } from './health/health'
import { createInterchangeService, type InterchangeService } from './interchange/interchange'
import { createJobsService, type JobsService } from './jobs/jobs'
import { createKernelsService, type KernelsService } from './kernels/kernels'
import { createLanguageService, type LanguageService } from './language/language'
import { createMaterialiseService, type MaterialiseService } from './materialise/materialise'
import { createPythonService, type PythonService } from './python/python'
import { createRegistryService, type RegistryService } from './registry/registry'
import { createRuntimeService, type RuntimeService } from './runtime/runtime'
import { createTrainingService, type TrainingService } from './training/training'
import { type OpenedFolder, openFolder } from './workspace/internalFolder'
import { openWorkspaceRoot, type Workspace } from './workspace/root'
import { createWorkspaceService, type WorkspaceService } from './workspace/workspace'

export interface StudioServices {
  readonly workspace: WorkspaceService
  readonly jobs: JobsService
  readonly data: DataService
  readonly language: LanguageService
  readonly features: FeaturesService
  readonly draft: DraftService
  readonly python: PythonService
  readonly kernels: KernelsService
  readonly training: TrainingService
  readonly runtime: RuntimeService
  readonly registry: RegistryService
  readonly health: HealthService
  readonly interchange: InterchangeService
  readonly materialise: MaterialiseService
}

export type StudioEvent = (service: ServiceName, event: string, payload: unknown) => void

export interface Studio {
  /** Those of the folder that is open now. */
  readonly services: StudioServices
  readonly dispatcher: Dispatcher
  /** Returns the function that stops listening. */
  onEvent(listener: StudioEvent): () => void
  /** `isNamed` where a person named the folder to a program, which is a statement of trust. */
  open(root: string, isNamed?: boolean): Promise<WorkspaceInfo>
  dispose(): Promise<void>
}

export interface StudioOptions {
  readonly platform: Platform
  readonly root: string
  readonly log: Logger
  /** True when a person named this folder to the program that starts, which is a statement of trust. */
  readonly isTrusted: boolean
  /** Where nothing is to be kept: a folder that has no `.proml` yet has none afterwards. */
  readonly isOnlyRead?: boolean
}

type Emitter = <N extends ServiceName>(service: N) => Emit<StudioContract[N]>

const wire = (
  options: StudioOptions,
  root: Workspace,
  emitter: Emitter,
  open: (root: string) => Promise<WorkspaceInfo>,
): StudioServices => {
  const jobs = createJobsService(emitter('jobs'))
  const context: ServiceContext = { workspace: root, platform: options.platform, jobs, log: options.log }
  const workspace = createWorkspaceService(context, emitter('workspace'), { open, isTrusted: options.isTrusted })
  const isTrusted = () => workspace.isTrusted()
  const data = createDataService(context, emitter('data'), { isTrusted })
  // Runtime and registry know each other: bundles are run, and gates measure by running. Programs import what the store holds.
  const late: { registry?: RegistryService } = {}
  const registryOf = (): RegistryService => {
    if (!late.registry) throw new Error('The registry is asked before it is made.')
    return late.registry
  }
  const language = createLanguageService(context, emitter('language'), {
    data,
    featureSet: (reference) => registryOf().featureSet(reference),
  })
  const features = createFeaturesService(context, emitter('features'), { data, language })
  const draft = createDraftService(context, emitter('draft'), { data, language })
  const python = createPythonService(context, emitter('python'), isTrusted)
  const kernels = createKernelsService(context, emitter('kernels'), { python, isTrusted })
  const training = createTrainingService(context, emitter('training'), { language, features, python, isTrusted })
  const runtime = createRuntimeService(context, emitter('runtime'), {
    data,
    features,
    training,
    registry: {
      bundleFile: (digest, path) => registryOf().bundleFile(digest, path),
      bundleList: () => registryOf().bundleList(),
    },
  })
  const registry = createRegistryService(context, emitter('registry'), { training, runtime, language })
  late.registry = registry
  const health = createHealthService(context, emitter('health'), { data, features, runtime })
  const interchange = createInterchangeService(context, emitter('interchange'), { data, isTrusted })
  const materialise = createMaterialiseService(context, emitter('materialise'), { data, features, language, isTrusted })
  return {
    workspace,
    jobs,
    data,
    language,
    features,
    draft,
    python,
    kernels,
    training,
    runtime,
    registry,
    health,
    interchange,
    materialise,
  }
}

/** The last made is disposed first: what depends on others goes before them. */
const disposeAll = async (services: StudioServices, log: Logger): Promise<void> => {
  const inOrder: Service<never>[] = Object.values(services).reverse() as unknown as Service<never>[]
  for (const service of inOrder)
    await service.dispose().catch((error: unknown) => log.error('A service did not close cleanly.', error))
}

/** All services on one folder behind one dispatcher; opening another folder makes them anew. */
export const createStudio = (options: StudioOptions): Studio => {
  const listeners = new Set<StudioEvent>()
  const broadcast: StudioEvent = (service, event, payload) => {
    for (const listener of listeners) listener(service, event, payload)
  }
  let services: StudioServices
  let ending: Promise<void> | null = null
  const closing = new Set<Promise<void>>()
  const silences = new WeakMap<StudioServices, () => void>()
  const folders = new WeakMap<StudioServices, OpenedFolder>()

  const wireOrClose = (of: StudioOptions, folder: OpenedFolder, emitter: Emitter): StudioServices => {
    try {
      return wire(of, folder.workspace, emitter, (root) => open(root))
    } catch (error) {
      folder.close()
      throw error
    }
  }

  /** What a folder’s services still say while they are closed is not of the folder that is open then. */
  const make = (of: StudioOptions): StudioServices => {
    let isClosed = false
    const emitter: Emitter = (service) => (event, payload) => {
      if (!isClosed) broadcast(service, event, payload)
    }
    const folder = openFolder(of.root, of.log, of.isOnlyRead)
    const made = wireOrClose(of, folder, emitter)
    folders.set(made, folder)
    silences.set(made, () => {
      isClosed = true
    })
    return made
  }

  const close = (former: StudioServices): Promise<void> => {
    const end: Promise<void> = disposeAll(former, options.log)
      .then(() => folders.get(former)?.close())
      .finally(() => closing.delete(end))
    closing.add(end)
    return end
  }

  const open = async (root: string, isNamed = false): Promise<WorkspaceInfo> => {
    const signal = AbortSignal.timeout(10_000)
    const now = await services.workspace.handlers.info({}, { signal })
    // Kernels and jobs of the folder that is open already go on.
    if (openWorkspaceRoot(root).root === now.root) {
      if (isNamed) services.workspace.named()
      return services.workspace.handlers.info({}, { signal })
    }
    const { state } = await services.python.handlers.status({}, { signal })
    const previous = services
    services = make({ ...options, root, isTrusted: isNamed })
    const info = await services.workspace.handlers.info({}, { signal })
    silences.get(previous)?.()
    broadcast('workspace', 'opened', info)
    void close(previous)
    // Python is the user’s and not the folder’s: its setup goes on under the new services.
    if (state === 'installing')
      await services.python.handlers
        .ensure({}, { signal })
        .catch((error: unknown) => options.log.warn('Python is not ready.', error))
    return info
  }
  services = make(options)

  const handlers = (): HandlerTable<StudioContract> => ({
    workspace: services.workspace.handlers,
    jobs: services.jobs.handlers,
    data: services.data.handlers,
    language: services.language.handlers,
    features: services.features.handlers,
    draft: services.draft.handlers,
    python: services.python.handlers,
    kernels: services.kernels.handlers,
    training: services.training.handlers,
    runtime: services.runtime.handlers,
    registry: services.registry.handlers,
    health: services.health.handlers,
    interchange: services.interchange.handlers,
    materialise: services.materialise.handlers,
  })

  return {
    get services() {
      return services
    },
    dispatcher: createDispatcher(studioContract, handlers, (service, procedure, error) => {
      if (error.code === 'internal') options.log.error(`${service}.${procedure}: ${error.message}`, error.detail)
    }),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    open,
    async dispose() {
      ending ??= close(services)
      await ending
      await Promise.all(closing)
    },
  }
}
