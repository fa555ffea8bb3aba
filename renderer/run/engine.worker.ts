import { precheckModel } from '@shared/onnx/precheck'
import { columnsOfResult, feedsOf } from '@shared/runtime/ort'
import * as ort from 'onnxruntime-web'
import loaderUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jsep.mjs?url'
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jsep.wasm?url'
import type { WorkerAnswer, WorkerRequest } from './messages'

const absolute = (url: string): string => new URL(url, self.location.href).href
ort.env.wasm.wasmPaths = { wasm: absolute(wasmUrl), mjs: absolute(loaderUrl) }
// More threads than idle cores make it slower: they spin.
ort.env.wasm.numThreads = self.crossOriginIsolated
  ? Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1))
  : 1
ort.env.logLevel = 'error'

let session: ort.InferenceSession | null = null
/** What WebGPU refused since the session was made. It goes on with wrong numbers, so nothing of it may be shown. */
let gpuFault: string | null = null

const watchGpu = async (): Promise<void> => {
  gpuFault = null
  const device = (await ort.env.webgpu.device) as EventTarget | undefined
  device?.addEventListener('uncapturederror', (event) => {
    const { error } = event as Event & { error?: { message?: string } }
    gpuFault ??= error?.message ?? 'WebGPU reported an error.'
  })
}

const answer = async (request: WorkerRequest): Promise<WorkerAnswer> => {
  const { id } = request
  if (request.kind === 'load') {
    const refusals = precheckModel(request.onnx)
    if (refusals.length > 0) {
      const detail = refusals.map((refusal) => refusal.message).join('\n')
      return { id, kind: 'refused', reason: refusals[0]?.message ?? '', detail }
    }
    session = await ort.InferenceSession.create(request.onnx, {
      // What WebGPU has no kernel for (trees, texts) runs on the CPU within the same session.
      executionProviders: request.engine === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
      // Errors only: that some nodes run on the CPU is expected here.
      logSeverityLevel: 3,
    })
    if (request.engine === 'webgpu') await watchGpu()
    return { id, kind: 'loaded' }
  }
  if (!session) return { id, kind: 'failed', message: 'No model is loaded.' }
  const feeds = feedsOf(ort.Tensor, request.inputs)
  const startedAt = performance.now()
  const outputs = columnsOfResult(await session.run(feeds))
  const elapsedMs = performance.now() - startedAt
  if (gpuFault !== null) return { id, kind: 'failed', message: `WebGPU cannot run this model: ${gpuFault}` }
  return { id, kind: 'ran', outputs, elapsedMs }
}

let queue: Promise<void> = Promise.resolve()
self.addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => {
  queue = queue.then(async () => {
    let reply: WorkerAnswer
    try {
      reply = await answer(data)
    } catch (error) {
      reply = { id: data.id, kind: 'failed', message: error instanceof Error ? error.message : String(error) }
    }
    self.postMessage(reply)
  })
})
