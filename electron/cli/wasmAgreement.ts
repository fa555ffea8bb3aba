import type { goldenSchema } from '@shared/rpc/runtime'
import { toTensorColumns } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'
import type { z } from 'zod'

/** Largest difference between ONNX Runtime’s WebAssembly build (the one of the window, here under Node) and Python on the golden rows. */
export const wasmAgreement = async (model: {
  onnx: Uint8Array
  signature: Signature
  golden: z.infer<typeof goldenSchema>
}): Promise<{ rows: number; maxDifference: number }> => {
  throw new Error('wired when the tensors module lands')
}
