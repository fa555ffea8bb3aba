import type { Signature } from '@shared/training/run'

/** A model that takes nothing but a name for its row, for tests that count rows. */
export const idSignature: Signature = {
  version: 1,
  model: 'm',
  inputs: [{ name: 'id', tensor: 'string', isNullable: false, example: null }],
  outputs: [{ name: 'p', tensor: 'float32' }],
}
