import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { StudioError } from '@shared/errors'
import { Agent, fetch, type Response } from 'undici'
import { conditionOf, isAsStored, lengthSaid, type Validators, validatorsOf } from './validators'

/** How a server is asked: plainly, or with a signature. It follows no redirect. */
export type Ask = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  method?: 'GET' | 'HEAD',
) => Promise<Response>

export interface Downloaded extends Validators {
  readonly digest: string
  readonly bytes: number
}

const answerMs = 30_000
const silenceMs = 30_000
const mostRedirects = 5
const mostAttempts = 4
const retryMs = 200
const mostBytes = 64 * 1024 ** 3

// The client that Node 24 brings ends the process when a server closes a connection whose answer is not read yet
// (undici's issue 5360), as happens while a file is written slower than it comes. Without an agent of its own the
// package's `fetch` would take that client's.
const agent = new Agent()
export const askPlainly: Ask = (url, headers, signal, method = 'GET') =>
  fetch(url, { method, headers, signal, redirect: 'manual', dispatcher: agent })

const unreachable = (url: URL, detail: string): StudioError =>
  new StudioError('source_unreachable', `\`${url.host}\` does not answer, or stops while it answers.`, {
    hint: 'Check the address and the network; what was read before is still here.',
    detail,
  })

const refused = (url: URL, status: number): StudioError => {
  const hint = 'Check the address, and what may be read with these credentials, or without any.'
  if (status === 401 || status === 403)
    return new StudioError('permission_denied', `\`${url.host}\` does not give this file (${status}).`, { hint })
  if (status === 404 || status === 410)
    return new StudioError('not_found', `\`${url.host}\` has no \`${url.pathname}\` (${status}).`, { hint })
  return new StudioError('unreadable_file', `\`${url.host}\` answers ${status} instead of the file.`, { hint })
}

const nextPlace = (url: URL, answer: Response): URL => {
  const place = answer.headers.get('location')
  const next = place === null ? null : URL.parse(place, url)
  if (next?.protocol === 'https:' || (next?.protocol === 'http:' && url.protocol === 'http:')) return next
  throw new StudioError('permission_denied', `\`${url.host}\` sends on to an address that is not followed.`, {
    hint: 'Only addresses of web servers are followed, and none that gives up encryption; name the file’s own address.',
  })
}

/** The answer after all redirects. Its body is still to be read. */
export const answerOf = async (
  ask: Ask,
  first: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ answer: Response; url: URL }> => {
  let url = first
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const slow = new AbortController()
    const timer = setTimeout(() => slow.abort(), answerMs)
    let answer: Response
    try {
      answer = await ask(url, headers, AbortSignal.any([signal, slow.signal]))
    } catch (error) {
      if (signal.aborted) throw new StudioError('cancelled', 'Cancelled.')
      if (error instanceof StudioError) throw error
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
      throw unreachable(url, `${error instanceof Error ? error.message : error} ${cause}`)
    } finally {
      clearTimeout(timer)
    }
    if (![301, 302, 303, 307, 308].includes(answer.status)) return { answer, url }
    await answer.body?.cancel()
    url = nextPlace(url, answer)
  }
  throw new StudioError('unreadable_file', `\`${first.host}\` sends on and on.`, {
    hint: 'Name the file’s own address.',
  })
}

/** Bytes of a body; a server that falls silent is given up. */
async function* bytesOf(answer: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = answer.body?.getReader()
  if (!reader) return
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined
      let stop: (() => void) | undefined
      const over = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('It fell silent.')), silenceMs)
        stop = () => reject(new StudioError('cancelled', 'Cancelled.'))
        signal.addEventListener('abort', stop, { once: true })
        if (signal.aborted) stop()
      })
      try {
        const { done, value } = await Promise.race([reader.read(), over])
        if (done) return
        yield value
      } finally {
        clearTimeout(timer)
        if (stop) signal.removeEventListener('abort', stop)
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** Only a strong tag says that two answers are the same to the byte. */
const strongTag = ({ etag }: Pick<Validators, 'etag'>): string | null =>
  etag !== null && !etag.startsWith('W/') ? etag : null

export interface Download {
  readonly ask: Ask
  readonly url: URL
  /** Of the copy that is here: what has not changed since is not sent again. */
  readonly known: Validators | null
  /** Where it is written. */
  readonly output: string
  readonly signal: AbortSignal
}

interface Got {
  readonly validators: Omit<Validators, 'length'>
  readonly isAsStored: boolean
  /** Under which the rest may be asked for; null where only the whole will do. */
  readonly tag: string | null
  readonly hash: ReturnType<typeof createHash>
  bytes: number
}

const beginning = (answer: Response): Got => {
  const validators = validatorsOf(answer)
  const isStored = isAsStored(answer)
  const tag = isStored ? strongTag(validators) : null
  return { validators, isAsStored: isStored, tag, hash: createHash('sha256'), bytes: 0 }
}

const headersFor = (got: Got | null, known: Validators | null): Record<string, string> => {
  const plain = { 'accept-encoding': 'identity' }
  if (got && got.bytes > 0 && got.tag !== null) return { ...plain, range: `bytes=${got.bytes}-`, 'if-range': got.tag }
  return { ...plain, ...conditionOf(known) }
}

/**
 * Whether a file that its server takes for unchanged is as long as it was: a time alone does not tell of a file that was
 * put back with an older one. A server that says no length is believed.
 */
const isAsLong = async (
  { ask, url, signal }: Pick<Download, 'ask' | 'url' | 'signal'>,
  { etag, length }: Validators,
  unchanged: Response,
): Promise<boolean> => {
  if (etag !== null || length === null || lengthSaid(unchanged) === length) return true
  const head: Ask = (place, headers, stop) => ask(place, headers, stop, 'HEAD')
  try {
    const { answer } = await answerOf(head, url, { 'accept-encoding': 'identity' }, signal)
    await answer.body?.cancel()
    const now = answer.status === 200 ? lengthSaid(answer) : null
    return now === null || now === length
  } catch (error) {
    if (signal.aborted) throw error
    return true
  }
}

/** False where the connection broke; what came until then is kept. */
const takeBody = async (answer: Response, place: URL, got: Got, file: FileHandle, signal: AbortSignal) => {
  const parts = bytesOf(answer, signal)
  for (;;) {
    const next = await parts.next().catch((error: unknown) => {
      if (error instanceof StudioError) throw error
      return null
    })
    if (next === null) return false
    if (next.done) return true
    if (got.bytes + next.value.length > mostBytes) throw tooLarge(place)
    for (let written = 0; written < next.value.length; )
      written += (await file.write(next.value, written, next.value.length - written, got.bytes + written)).bytesWritten
    got.hash.update(next.value)
    got.bytes += next.value.length
  }
}

/**
 * Writes a file of a server. Where the connection breaks, it goes on from there if the server can and the file is still
 * the same, else from the beginning. Null where the file is as it is known.
 */
export const download = async ({ ask, url, known, output, signal }: Download): Promise<Downloaded | null> => {
  let got: Got | null = null
  let condition = known
  const file = await open(output, 'wx', 0o600)
  try {
    for (let attempt = 1; ; attempt += 1) {
      const { answer, url: place } = await answerOf(ask, url, headersFor(got, condition), signal)
      if (answer.status === 304 && condition) {
        if (await isAsLong({ ask, url, signal }, condition, answer)) return null
        condition = null
        continue
      }
      const isRest: boolean = answer.status === 206 && got !== null && startOf(answer) === got.bytes
      if (answer.status === 200 || isRest) {
        if (!got || !isRest) {
          got = beginning(answer)
          await file.truncate(0)
        }
        if (await takeBody(answer, place, got, file, signal))
          return {
            ...{ ...got.validators, length: got.isAsStored ? got.bytes : null },
            ...{ digest: got.hash.digest('hex'), bytes: got.bytes },
          }
        if (attempt === mostAttempts) throw unreachable(place, 'The connection broke again and again.')
      } else {
        await answer.body?.cancel()
        if (answer.status < 500 || attempt === mostAttempts) throw refused(place, answer.status)
      }
      await pause(retryMs * attempt, undefined, { signal }).catch(() => {})
    }
  } finally {
    await file.close()
  }
}

const startOf = (answer: Response): number =>
  Number(/^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')?.[1] ?? Number.NaN)

const tooLarge = (url: URL): StudioError =>
  new StudioError('not_supported', `The file of \`${url.host}\` is larger than 64 GB.`, {
    hint: 'Read it in parts, or copy it into the workspace.',
  })
