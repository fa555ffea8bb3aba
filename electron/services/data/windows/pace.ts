import { setImmediate as breathe } from 'node:timers/promises'

/** Why a pass does not compute what it was asked for; statements do it then. */
export class PassRefused extends Error {}

/** Lets long work be told to stop, and others have their turn. */
export interface Pace {
  /** Does work over `0 … count` in slices that take some milliseconds each. */
  slices(count: number, work: (from: number, to: number) => void): Promise<void>
  /** Lets others have their turn. Throws where the work is to stop. */
  rest(): Promise<void>
}

const sliceRows = 1 << 18

/** `check` throws where the work is to stop. */
export const createPace = (check: () => void): Pace => {
  const rest = async (): Promise<void> => {
    await breathe()
    check()
  }
  return {
    rest,
    async slices(count, work) {
      for (let from = 0; from < count; from += sliceRows) {
        if (from > 0) await rest()
        work(from, Math.min(count, from + sliceRows))
      }
    },
  }
}
