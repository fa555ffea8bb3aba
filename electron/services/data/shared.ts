import { StudioError } from '@shared/errors'

/** Work that several may wait for. It is cancelled when all who wait have left. */
export interface SharedWork<T> {
  do(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
}

interface Running<T> {
  readonly done: Promise<T>
  readonly stop: AbortController
  waiting: number
}

export const createSharedWork = <T>(): SharedWork<T> => {
  const running = new Map<string, Running<T>>()

  const start = (key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> => {
    const stop = new AbortController()
    const done = work(stop.signal).finally(() => running.delete(key))
    done.catch(() => {})
    const made = { done, stop, waiting: 0 }
    running.set(key, made)
    return made
  }

  const wait = async (one: Running<T>, signal?: AbortSignal): Promise<T> => {
    one.waiting += 1
    let leave: (() => void) | undefined
    try {
      if (!signal) return await one.done
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(new StudioError('cancelled', 'Cancelled.'))
        signal.addEventListener('abort', leave, { once: true })
        if (signal.aborted) leave()
      })
      return await Promise.race([one.done, left])
    } finally {
      if (leave) signal?.removeEventListener('abort', leave)
      one.waiting -= 1
      if (one.waiting === 0) one.stop.abort()
    }
  }

  return {
    async do(key, work, signal) {
      for (;;) {
        const found = running.get(key)
        if (!found?.stop.signal.aborted) return wait(found ?? start(key, work), signal)
        // Nobody waits for it any more; it ends, and begins anew for this one.
        await found.done.catch(() => {})
      }
    },
  }
}
