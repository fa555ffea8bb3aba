import type { Execution } from '@shared/kernels/kernel'

/** What a cell printed. */
export const streamText = (execution: Pick<Execution, 'outputs'>, name = 'stdout'): string =>
  execution.outputs
    .map((output) => (output.output_type === 'stream' && output.name === name ? output.text : ''))
    .join('')
