/**
 * Runs ONNX models in a process of its own: a model that never ends or brings the engine down takes this process with it and
 * nothing else. Started by `modelProcess.ts`.
 */
import { columnsOfResult, feedsOf } from '@shared/runtime/ort'
import { singleRow } from '@shared/runtime/tensors'
import * as ort from 'onnxruntime-node'
import type { RuntimeAnswer, RuntimeRequest } from './messages'

/** Sessions kept, least recently used first. */
const keptSessions = 8
const sessions = new Map<string, ort.InferenceSession>()

const find = (digest: string): ort.InferenceSession | undefined => {
  const session = sessions.get(digest)
  if (session) {
    sessions.delete(digest)
    sessions.set(digest, session)
  }
  return session
}

const answer = async (request: RuntimeRequest): Promise<RuntimeAnswer> => {
  const { id } = request
  if (request.kind === 'load') {
    if (!sessions.has(request.digest)) {
      const session = await ort.InferenceSession.create(request.bytes, {
        executionProviders: ['cpu'],
        intraOpNumThreads: request.threads,
        interOpNumThreads: 1,
        logSeverityLevel: 4,
      })
      sessions.set(request.digest, session)
      for (const [digest, old] of sessions) {
        if (sessions.size <= keptSessions) break
        sessions.delete(digest)
        await old.release()
      }
    }
    return { id, kind: 'loaded' }
  }
  const session = find(request.digest)
  if (!session) return { id, kind: 'absent' }
  if (request.kind === 'run') {
    const feeds = feedsOf(ort.Tensor, request.inputs)
    const startedAt = performance.now()
    const results = await session.run(feeds)
    const elapsedMs = performance.now() - startedAt
    return { id, kind: 'ran', outputs: columnsOfResult(results), elapsedMs }
  }
  const rows = Math.max(1, request.inputs[0]?.dims[0] ?? 1)
  const warmUp = 20
  const callsMs: number[] = []
  for (let call = 0; call < request.calls + warmUp; call += 1) {
    const single = singleRow(request.inputs, call % rows)
    // From values to values, as a caller sees it.
    const startedAt = performance.now()
    columnsOfResult(await session.run(feedsOf(ort.Tensor, single)))
    if (call >= warmUp) callsMs.push(performance.now() - startedAt)
  }
  return { id, kind: 'timed', callsMs }
}

let queue: Promise<void> = Promise.resolve()
process.on('message', (request: RuntimeRequest) => {
  queue = queue.then(async () => {
    let reply: RuntimeAnswer
    try {
      reply = await answer(request)
    } catch (error) {
      reply = { id: request.id, kind: 'failed', message: error instanceof Error ? error.message : String(error) }
    }
    process.send?.(reply)
  })
})
// The studio is gone: nobody will ask again. A plain exit would wait for the model that runs.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
