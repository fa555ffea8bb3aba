import type { TensorColumn } from '@shared/runtime/tensors'

export type WindowEngine = 'webgpu' | 'wasm'

export type WorkerRequest =
  | {
      readonly id: number
      readonly kind: 'load'
      readonly engine: WindowEngine
      readonly onnx: Uint8Array<ArrayBuffer>
    }
  | { readonly id: number; readonly kind: 'run'; readonly inputs: readonly TensorColumn[] }

export type WorkerAnswer =
  | { readonly id: number; readonly kind: 'loaded' }
  | { readonly id: number; readonly kind: 'ran'; readonly outputs: readonly TensorColumn[]; readonly elapsedMs: number }
  | { readonly id: number; readonly kind: 'refused'; readonly reason: string; readonly detail: string }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string }
