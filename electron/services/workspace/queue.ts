/** Work that must not overlap, in the order it came. */
export interface Queue {
  run<T>(work: () => Promise<T>): Promise<T>
  /** When all that was queued so far has ended, well or not. */
  settled(): Promise<void>
}

export const createQueue = (): Queue => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(work) {
      const next = last.then(work)
      last = next.catch(() => {})
      return next
    },
    settled: async () => {
      await last
    },
  }
}
