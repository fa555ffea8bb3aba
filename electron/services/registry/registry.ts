import { existsSync, statSync } from 'node:fs'
import { StudioError } from '@shared/errors'
import { isRepositoryName, isTagName, layerPath, repositoryOf } from '@shared/registry/manifest'
import { type Bundle, digestSchema } from '@shared/registry/registry'
import type { registryContract } from '@shared/rpc/registry'
import type { Emit, Service, ServiceContext } from '../context'
import type { LanguageService, ProgramText } from '../language/language'
import { bundleOf, bundleRun } from './bundle'
import { featureSetSummary, isFeatureSetArtifact, namespaceOf, readFeatureSet, storeFeatureSet } from './featureSets'
import { judgeRun, type RuntimeForRegistry, readFinishedRun, readPlanParts, type TrainingForRegistry } from './gates'
import { createOutbox, type Outbox, type OutboxOptions } from './outbox'
import { pullArtifact } from './pull'
import { pushArtifact, transferBytes } from './push'
import { RegistryError } from './remote'
import { createRemotes, type RemotesOptions } from './remotes'
import { type ObjectStore, openObjectStore } from './store/store'
import { uploadSessions } from './transfers'

export type RegistryService = Service<typeof registryContract> & {
  /** One file of a bundle in the local store, its digest checked. */
  bundleFile(digest: string, path: string): Promise<Uint8Array>
  /** Newest first. */
  bundleList(): Promise<Bundle[]>
  /** The files of a feature set of the local store; null where it is not there. */
  featureSet(reference: string): Promise<readonly ProgramText[] | null>
}

export interface RegistryDependencies {
  readonly training: TrainingForRegistry
  readonly runtime?: RuntimeForRegistry | null
  readonly language?: Pick<LanguageService, 'featureSetOf'>
}

export interface RegistryOptions extends RemotesOptions, Pick<OutboxOptions, 'backoff' | 'random'> {}

/** What one read may hold in memory. */
const fileLimitBytes = 2 ** 31 - 1

interface Parts {
  readonly store: ObjectStore
  readonly outbox: Outbox
}

const requireNames = (repository: string, tag: string): void => {
  if (!isRepositoryName(repository))
    throw new StudioError('invalid_input', `\`${repository}\` cannot be a repository’s name.`, {
      hint: 'Use lower-case letters, digits, `.`, `_`, `-`, and `/` between parts.',
    })
  if (!isTagName(tag))
    throw new StudioError('invalid_input', `\`${tag}\` cannot be a tag.`, {
      hint: 'Use letters, digits, `.`, `_` and `-`, at most 128, starting with a letter or a digit.',
    })
}

export const createRegistryService = (
  context: ServiceContext,
  emit: Emit<typeof registryContract>,
  { training, runtime = null, language }: RegistryDependencies,
  options: RegistryOptions = {},
): RegistryService => {
  const { workspace, log } = context
  let opened: Promise<Parts> | null = null
  const closing = new AbortController()
  const pulls = new Set<Promise<unknown>>()
  let isDisposed = false

  const remotes = createRemotes(context, async () => (await parts()).store.database, options)

  /** Repositories of the same registry where pushes of this workspace brought this blob. */
  const mountFrom = (store: ObjectStore, remote: string, repository: string, manifests: Map<string, Set<string>>) => {
    const others = store.database
      .prepare(
        `SELECT DISTINCT repository, digest FROM outbox WHERE remote = ? AND repository <> ? AND state = 'done' ORDER BY sequence DESC LIMIT 50`,
      )
      .all(remote, repository)
    return (blob: string): string[] => [
      ...new Set(
        others.flatMap((row) => (manifests.get(String(row.digest))?.has(blob) ? [String(row.repository)] : [])),
      ),
    ]
  }

  const carry =
    (store: ObjectStore): OutboxOptions['carry'] =>
    async (transfer, report, signal) => {
      try {
        const { registry, target } = await remotes.open(transfer.remote)
        const manifests = new Map(
          (await store.artifacts()).map(({ digest, manifest }) => [
            digest,
            new Set([manifest.config, ...manifest.layers].map((blob) => blob.digest)),
          ]),
        )
        await pushArtifact({
          store,
          repository: registry.repository(transfer.repository),
          digest: transfer.digest,
          tag: transfer.tag,
          sessions: (digest) => uploadSessions(store.database, target, transfer.repository, digest),
          mountFrom: mountFrom(store, transfer.remote, transfer.repository, manifests),
          onProgress: report,
          signal,
        })
        remotes.learn(transfer.remote, 'online', 'It answers.')
      } catch (error) {
        if (error instanceof RegistryError && error.code === 'registry_unreachable')
          remotes.learn(transfer.remote, 'offline', error.message)
        else if (error instanceof RegistryError && error.code === 'registry_refused')
          remotes.learn(transfer.remote, 'refused', error.message)
        throw error
      }
    }

  /** A copy of a workspace brings a copy of its outbox; what it holds is not sent a second time, nor by a stranger. */
  const holdForeignTransfers = ({ store, outbox }: Parts): void => {
    const identity = `${workspace.root} ${statSync(workspace.internal()).ino}`
    const known = store.database.prepare(`SELECT value FROM meta WHERE key = 'folder'`).get()?.value
    if (known !== identity)
      outbox.blockUnfinished(
        'This workspace was moved or copied while this transfer was on its way.',
        'Retry it if it should still be sent from here.',
      )
    if (known !== identity)
      store.database.prepare(`INSERT OR REPLACE INTO meta (key, value) VALUES ('folder', ?)`).run(identity)
  }

  const openParts = async (): Promise<Parts> => {
    // Each is looked at: it may be a link out of the workspace that someone else made.
    const objects = workspace.internal('objects')
    workspace.internal('objects', 'blobs', 'sha256')
    workspace.internal('objects', 'ingest')
    const store = await openObjectStore(objects, workspace.internal('state.db'))
    const outbox = createOutbox({
      database: store.database,
      carry: carry(store),
      onChange: (transfer) => emit('transfer', transfer),
      onError: (message, error) => log.warn(message, error),
      backoff: options.backoff,
      random: options.random,
    })
    const made = { store, outbox }
    holdForeignTransfers(made)
    outbox.wake()
    return made
  }

  const parts = (): Promise<Parts> => {
    if (isDisposed) return Promise.reject(new StudioError('cancelled', 'The workspace was closed.'))
    opened ??= openParts().catch((error: unknown) => {
      // The next call tries again: a full disk may have been cleared.
      opened = null
      throw error
    })
    return opened
  }

  // What was queued when the studio was closed goes on as soon as it is open.
  if (existsSync(workspace.internal('state.db')))
    parts().catch((error: unknown) => log.error('The local store could not be opened.', error))

  const bundleList = async (): Promise<Bundle[]> =>
    (await (await parts()).store.artifacts()).filter((one) => !isFeatureSetArtifact(one)).map(bundleOf)

  const gatesOf = async (runId: string) => {
    const run = await readFinishedRun(training, runId)
    const folder = training.runFolder(runId)
    const plan = await readPlanParts(folder, runId)
    return { run, folder, plan, verdicts: await judgeRun(run, plan, runtime) }
  }

  return {
    bundleList,

    featureSet: async (reference) => readFeatureSet((await parts()).store, reference),

    async bundleFile(digest, path) {
      const { store } = await parts()
      const { manifest } = await store.artifact(digest)
      const layer = manifest.layers.find((one) => layerPath(one) === path)
      if (layer === undefined)
        throw new StudioError('not_found', `The bundle has no file \`${path}\`.`, {
          hint: 'Bundle the run again with this version of Pro-ML Studio.',
        })
      return store.blobs.read(layer.digest, fileLimitBytes)
    },

    handlers: {
      gates: async ({ runId }) => (await gatesOf(runId)).verdicts,

      async bundle({ runId, tag, asDraft }) {
        const { store } = await parts()
        const judged = await gatesOf(runId)
        const { digest } = await bundleRun(store, { ...judged, tag: tag ?? null, asDraft })
        emit('changed', {})
        return bundleOf(await store.artifact(digest))
      },

      bundles: async () => bundleList(),

      async publishFeatures({ namespace, version }) {
        if (!language) throw new StudioError('not_supported', 'There is no language service here.')
        requireNames('features', version)
        const { store } = await parts()
        const { digest } = await storeFeatureSet(store, await language.featureSetOf(namespace), version)
        emit('changed', {})
        return featureSetSummary(await store.artifact(digest))
      },
      featureSets: async () =>
        (await (await parts()).store.artifacts()).filter(isFeatureSetArtifact).map(featureSetSummary),
      remotes: async () => remotes.list(),

      async addRemote(input) {
        const remote = await remotes.add(input)
        emit('changed', {})
        return remote
      },

      async removeRemote({ name }) {
        await remotes.remove(name)
        emit('changed', {})
        return {}
      },

      async checkRemote({ name }, { signal }) {
        const remote = await remotes.check(name, signal)
        if (remote.state === 'online') (await parts()).outbox.encourage(name)
        return remote
      },

      async push({ digest, remote, repository, tag }) {
        const { store, outbox } = await parts()
        const artifact = await store.artifact(digest)
        const name =
          repository ??
          (isFeatureSetArtifact(artifact)
            ? `features/${repositoryOf(namespaceOf(artifact.manifest))}`
            : repositoryOf(artifact.name))
        requireNames(name, tag)
        // Fails here and now where the registry is not known, rather than in the outbox.
        ;(await remotes.open(remote)).registry.repository(name)
        let id = ''
        await store.tag(digest, tag, () => {
          const bytesTotal = transferBytes(artifact.manifest, artifact.size)
          id = outbox.insert({ remote, repository: name, tag, digest, bytesTotal })
        })
        outbox.wake()
        emit('changed', {})
        return outbox.get(id)
      },

      outbox: async () => (await parts()).outbox.list(),
      retry: async ({ id }) => (await parts()).outbox.retry(id),
      cancel: async ({ id }) => (await parts()).outbox.cancel(id),

      async tags({ remote, repository }, { signal }) {
        requireNames(repository, 'latest')
        const { registry } = await remotes.open(remote)
        return registry.repository(repository).tags(signal)
      },

      async pull({ remote, repository, reference }) {
        requireNames(repository, digestSchema.safeParse(reference).success ? 'latest' : reference)
        const { registry } = await remotes.open(remote)
        const { store } = await parts()
        const job = context.jobs.start(
          { kind: 'pull', title: `Pull ${repository}:${reference} from ${remote}` },
          async (handle) => {
            const pull = pullArtifact({
              store,
              objects: workspace.internal('objects'),
              repository: registry.repository(repository),
              reference,
              onProgress: (received, total) =>
                handle.progress(
                  total === 0 ? null : received / total,
                  `${received.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} bytes`,
                ),
              signal: AbortSignal.any([handle.signal, closing.signal]),
            }).finally(() => pulls.delete(pull))
            pulls.add(pull)
            const { digest } = await pull
            emit('changed', {})
            return { digest }
          },
        )
        return { jobId: job.id }
      },

      verify: async (_input, { signal }) => (await parts()).store.verify(signal),
    },

    async dispose() {
      if (isDisposed) return
      isDisposed = true
      // A download under way would hold its connection, and write into a store that is closed.
      closing.abort()
      await Promise.allSettled(pulls)
      const made = await opened?.catch(() => null)
      await made?.outbox.close()
      await remotes.close()
      made?.store.close()
    },
  }
}
