import type { TensorColumn } from '@shared/runtime/tensors'

/** What goes to the process that runs models. `id` comes back with the answer. */
export type RuntimeRequest =
  | {
      readonly id: number
      readonly kind: 'load'
      readonly digest: string
      readonly bytes: Uint8Array
      readonly threads: number
    }
  | { readonly id: number; readonly kind: 'run'; readonly digest: string; readonly inputs: readonly TensorColumn[] }
  /** Single rows, one call each, `calls` times after a warm-up. */
  | {
      readonly id: number
      readonly kind: 'time'
      readonly digest: string
      readonly inputs: readonly TensorColumn[]
      readonly calls: number
    }

export type RuntimeAnswer =
  | { readonly id: number; readonly kind: 'loaded' }
  | { readonly id: number; readonly kind: 'ran'; readonly outputs: readonly TensorColumn[]; readonly elapsedMs: number }
  | { readonly id: number; readonly kind: 'timed'; readonly callsMs: readonly number[] }
  | { readonly id: number; readonly kind: 'absent' }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string }
