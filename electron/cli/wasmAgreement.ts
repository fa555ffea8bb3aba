import { StudioError } from '@shared/errors'
import type { goldenSchema } from '@shared/rpc/runtime'
import { columnsOfResult, feedsOf } from '@shared/runtime/ort'
import { columnsOf, largestDifference, tensorsOf } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'
import * as ort from 'onnxruntime-web'
import type { z } from 'zod'

/** Largest difference between ONNX Runtime’s WebAssembly build (the window’s, here under Node) and Python on the golden rows. */
export const wasmAgreement = async (model: {
  onnx: Uint8Array
  signature: Signature
  golden: z.infer<typeof goldenSchema>
}): Promise<{ rows: number; maxDifference: number }> => {
  // A command that ends soon gains nothing from threads, and they would keep it alive.
  ort.env.wasm.numThreads = 1
  const session = await ort.InferenceSession.create(model.onnx, { executionProviders: ['wasm'] })
  const result = await session.run(feedsOf(ort.Tensor, tensorsOf(model.signature, model.golden.inputs)))
  const rows = Object.values(model.golden.outputs)[0]?.length ?? 0
  const maxDifference = largestDifference(
    model.golden.outputs,
    columnsOf(model.signature, columnsOfResult(result), rows),
  )
  await session.release()
  if (rows === 0) throw new StudioError('model_failed', 'The model gave none of the outputs that its golden rows have.')
  return { rows, maxDifference }
}
