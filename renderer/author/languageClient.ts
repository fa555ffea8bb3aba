import { readReference } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import type { ProgramText } from '@shared/language/server/programs'
import {
  type CheckedParams,
  checkedNotification,
  type FeatureSetReply,
  featureSetRequest,
  filesChangedNotification,
  type GraphAnswer,
  type GraphEditAnswer,
  type GraphEditParams,
  type GraphParams,
  graphEditRequest,
  graphRequest,
  type OutlineItem,
  outlineRequest,
  type ProfileParams,
  type ProfileReply,
  profileRequest,
  programsRequest,
  type SchemaReply,
  schemaRequest,
  stampRequest,
} from '@shared/language/server/protocol'
import { studio } from '../app/studio'
import { useWorkspace } from '../app/workspace'
import LanguageWorker from './language.worker?worker'

interface Message {
  readonly jsonrpc: '2.0'
  readonly id?: number | string
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * The page’s end of the language server in its worker. Messages keep their order, so an answer always speaks of the
 * text as it was when the question was asked.
 */
export interface LanguageClient {
  /** Rejects where it is cancelled before it was answered. */
  request<T>(method: string, params: unknown, token?: Cancellation): Promise<T>
  notify(method: string, params: unknown): void
  graph(params: GraphParams): Promise<GraphAnswer | null>
  graphEdit(params: GraphEditParams): Promise<GraphEditAnswer>
  outline(uri: string): Promise<readonly OutlineItem[]>
  onDidCheck(listener: (checked: CheckedParams) => void): () => void
  /** Workspace-relative paths. */
  filesChanged(paths: readonly string[]): void
}

/** Of the editor: what was asked is no longer of interest. */
interface Cancellation {
  readonly isCancellationRequested: boolean
  onCancellationRequested(listener: () => void): { dispose(): void }
}

let shared: LanguageClient | null = null

export const languageClient = (): LanguageClient => {
  shared ??= startClient()
  return shared
}

function startClient(): LanguageClient {
  const worker = new LanguageWorker({ name: 'proml language' })
  const waiting = new Map<number | string, Waiting>()
  const listeners = new Set<(checked: CheckedParams) => void>()
  let nextId = 1

  const send = (message: Omit<Message, 'jsonrpc'>): void => worker.postMessage({ jsonrpc: '2.0', ...message })
  const request = <T>(method: string, params: unknown, token?: Cancellation): Promise<T> => {
    const id = nextId++
    const answered = new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: (result) => resolve(result as T), reject })
      send({ id, method, params })
    })
    const stop = token?.onCancellationRequested(() => send({ method: '$/cancelRequest', params: { id } }))
    return answered.finally(() => stop?.dispose())
  }

  const answer = async (id: number | string, method: string, params: unknown): Promise<void> => {
    if (method === schemaRequest) send({ id, result: await schemaReply((params as { path: string }).path) })
    else if (method === profileRequest) send({ id, result: await profileReply(params as ProfileParams) })
    else if (method === featureSetRequest)
      send({ id, result: await featureSetReply((params as { reference: string }).reference) })
    else if (method === stampRequest) send({ id, result: stampOf((params as { path: string }).path) })
    else if (method === programsRequest) send({ id, result: await programTexts() })
    else send({ id, result: null })
  }

  worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.method !== undefined) {
      if (data.id !== undefined) answer(data.id, data.method, data.params).catch(() => {})
      else if (data.method === checkedNotification)
        for (const listener of listeners) listener(data.params as CheckedParams)
      return
    }
    const open = data.id === undefined ? undefined : waiting.get(data.id)
    if (!open || data.id === undefined) return
    waiting.delete(data.id)
    if (data.error) open.reject(new StudioError('invalid_input', data.error.message))
    else open.resolve(data.result)
  })
  worker.addEventListener('error', (event) => {
    const error = new StudioError('internal', 'The language service stopped.', {
      hint: 'Reload the window; unsaved text is kept.',
      detail: event.message,
    })
    for (const open of waiting.values()) open.reject(error)
    waiting.clear()
  })

  request('initialize', {
    processId: null,
    rootUri: 'file:///',
    capabilities: {},
    initializationOptions: { studio: true },
  })
    .then(() => send({ method: 'initialized', params: {} }))
    .catch(() => {})

  return {
    request,
    notify: (method, params) => send({ method, params }),
    graph: (params) => request(graphRequest, params),
    graphEdit: (params) => request(graphEditRequest, params),
    outline: (uri) => request(outlineRequest, { uri }),
    onDidCheck: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    filesChanged: (paths) => send({ method: filesChangedNotification, params: { paths } }),
  }
}

const schemaReply = (path: string): Promise<SchemaReply> =>
  studio.data.schema({ path }).then(
    (schema) => ({ schema }),
    (error: unknown) => ({ failed: toStudioError(error).toData() }),
  )

const featureSetReply = (reference: string): Promise<FeatureSetReply> =>
  studio.language.featureSet({ reference }).then(
    ({ files }) => ({ files }),
    (error: unknown) => ({ failed: toStudioError(error).message }),
  )

const profileReply = ({ path, column }: ProfileParams): Promise<ProfileReply> =>
  studio.data.profile({ path, column }).then(
    (profile) => ({ profile }),
    (error: unknown) => ({ failed: toStudioError(error).message }),
  )

/** A glob has none of its own: the newest of the files is enough, for a change makes one of them newer. */
const stampOf = (reference: string): string => {
  const path = readReference(reference)?.path ?? reference
  const { entries } = useWorkspace.getState()
  const found = entries.find((entry) => entry.path === path)
  return found
    ? `${found.modifiedAt} ${found.sizeBytes}`
    : String(Math.max(0, ...entries.map(({ modifiedAt }) => modifiedAt)))
}

/** One that cannot be read is left out: the checker then says which name it misses. */
async function programTexts(): Promise<ProgramText[]> {
  const { entries } = await studio.workspace.tree({})
  const programs = entries.filter(({ kind, path }) => kind === 'file' && path.endsWith('.proml'))
  const read = await Promise.allSettled(
    programs.map(async ({ path }) => ({ path, text: (await studio.workspace.read({ path })).text })),
  )
  return read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}
