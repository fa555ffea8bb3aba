import { StudioError } from '@shared/errors'

export const cancelled = (): StudioError => new StudioError('cancelled', 'Cancelled.')

export const closed = (): StudioError => new StudioError('engine_failed', 'The data engine is closed.')

export const notStarted = (why: string): StudioError =>
  new StudioError('engine_failed', 'The data engine could not be started.', {
    hint: 'Run `proml doctor`; it checks what the engine needs.',
    detail: why,
  })

export const died = (why: string): StudioError =>
  new StudioError('engine_failed', 'The data engine stopped while it was working on this.', {
    hint: 'It starts again by itself: try once more. If the same file stops it each time, the file is damaged.',
    detail: why,
  })

/** It died or did not start several times in a row; starting it once more at once would end alike. */
export const crashLoop = (starts: number, waitMs: number): StudioError =>
  new StudioError(
    'engine_failed',
    `The data engine stopped ${starts} times in a row and is not started again for now.`,
    {
      hint: `Try again in ${Math.max(1, Math.ceil(waitMs / 1000))} seconds, without the file that was open; \`proml doctor\` checks what the engine needs.`,
    },
  )

/** DuckDB’s own words as a coded failure. */
export const failure = (message: string): StudioError => {
  if (message.startsWith('INTERRUPT')) return cancelled()
  if (message.startsWith('Out of Memory'))
    return new StudioError('engine_failed', 'The data engine ran out of memory.', {
      hint: 'Close other programs, or work on fewer rows or columns.',
      detail: message,
    })
  return new StudioError('engine_failed', `The data engine refused: ${message.split('\n')[0]}`, {
    hint: 'Check the file and the expression that it names.',
    detail: message,
  })
}
