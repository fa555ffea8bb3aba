import type { Readable } from 'node:stream'
import { StudioError } from '@shared/errors'
import { Agent, type Dispatcher, request } from 'undici'
import { z } from 'zod'
import { RegistryError } from '../remote'
import { type Authorizer, type Credentials, createAuthorizer, parseChallenges, signInHint } from './auth'
import { decideRedirect, type RequestKind } from './redirects'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly scope: string
  readonly kind?: RequestKind
  readonly headers?: Readonly<Record<string, string>>
  /** Made anew for each try. */
  readonly body?: () => Promise<Readable | Uint8Array>
  readonly signal: AbortSignal
}

export interface HttpResponse {
  readonly status: number
  header(name: string): string | null
  readonly body: Readable
  /** The body, at most `limitBytes`. */
  bytes(limitBytes: number): Promise<Uint8Array>
  /** Throw the body away. */
  dump(): Promise<void>
}

export interface HttpOptions {
  readonly registry: URL
  readonly credentials: () => Promise<Credentials | null>
  readonly timeouts?: { readonly connectMs?: number; readonly headersMs?: number; readonly bodyMs?: number }
}

export interface HttpClient {
  /** Any answer but 401 is returned. */
  send(request: HttpRequest): Promise<HttpResponse>
  /** The error that an unexpected answer means; reads its body. */
  failure(response: HttpResponse, what: string): Promise<RegistryError>
  close(): Promise<void>
}

const maximumRedirects = 5
const errorBodyBytes = 64 * 1024

const errorBodySchema = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().optional() })).min(1),
})

/** Codes and words of a registry's error body; text of any other kind is cut short. */
const describeBody = (text: string): { codes: string[]; words: string } => {
  try {
    const { errors } = errorBodySchema.parse(JSON.parse(text))
    return {
      codes: errors.flatMap((error) => (error.code === undefined ? [] : [error.code])),
      words: errors
        .map((error) => [error.code, error.message].filter(Boolean).join(': '))
        .join('; ')
        .slice(0, 300),
    }
  } catch {
    return { codes: [], words: text.replace(/\s+/g, ' ').trim().slice(0, 120) }
  }
}

/** RFC 9110 §10.2.3: seconds or a date. At most a day: a registry cannot silence the outbox for good. */
export const parseRetryAfter = (value: string | null, now: number): number | null => {
  if (value === null) return null
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), 24 * 3600 * 1000) : null
}

const hintOf = (status: number): string => {
  switch (status) {
    case 401:
      return signInHint
    case 403:
      return 'Ask whoever runs the registry for the right to do this.'
    case 404:
      return 'Check the registry’s address and the repository’s name.'
    case 405:
      return 'The registry does not allow this: it may be read-only or a mirror.'
    case 413:
      return 'The registry takes no file of this size. Ask whoever runs it to raise the limit.'
    case 507:
      return 'The registry’s disk is full. Ask whoever runs it.'
    default:
      return status >= 500 || status === 429 || status === 408
        ? 'It will be tried again by itself.'
        : 'Check that the address belongs to a registry.'
  }
}

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ERR_TLS|ERR_SSL|EPROTO/

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** A thrown error of the network as ours. A cancelled call stays what it is. */
export const networkError = (error: unknown, host: string, signal: AbortSignal): Error => {
  if (error instanceof StudioError) return error
  if (signal.aborted) return new StudioError('cancelled', 'Cancelled.')
  const code = codeOf(error)
  if (certificateCodes.test(code))
    return new RegistryError('registry_refused', `The secure connection to ${host} could not be made.`, {
      hint: 'Its certificate is not trusted by this machine, or it does not speak TLS. Check the address and the certificate.',
      cause: error,
    })
  const words: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'the name could not be looked up',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
    UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
    UND_ERR_BODY_TIMEOUT: 'the answer stopped',
  }
  return new RegistryError(
    'registry_unreachable',
    `${host} does not answer: ${words[code] ?? 'the connection broke'}.`,
    {
      hint: 'Check the network and the address. What is queued is sent when it answers again.',
      cause: error,
    },
  )
}

export const createHttpClient = ({ registry, credentials, timeouts = {} }: HttpOptions): HttpClient => {
  const { connectMs = 10_000, headersMs = 120_000, bodyMs = 60_000 } = timeouts
  const agent = new Agent({
    connect: { timeout: connectMs },
    headersTimeout: headersMs,
    bodyTimeout: bodyMs,
    connections: 8,
    maxHeaderSize: 32 * 1024,
  })

  const wrap = (response: Dispatcher.ResponseData, signal: AbortSignal): HttpResponse => ({
    status: response.statusCode,
    body: response.body,
    header(name) {
      const value = response.headers[name]
      return value === undefined ? null : typeof value === 'string' ? value : (value[0] ?? null)
    },
    async bytes(limitBytes) {
      const chunks: Uint8Array[] = []
      let size = 0
      try {
        for await (const chunk of response.body) {
          if (!(chunk instanceof Uint8Array)) continue
          size += chunk.byteLength
          if (size > limitBytes)
            throw new RegistryError('registry_refused', `${registry.host} sent more than can be right.`, {
              hint: 'Nothing was kept. Check that the address belongs to a registry.',
              detail: `more than ${limitBytes} bytes`,
            })
          chunks.push(chunk)
        }
      } catch (error) {
        response.body.destroy()
        throw networkError(error, registry.host, signal)
      }
      return Buffer.concat(chunks)
    },
    async dump() {
      // undici reads up to its limit and cuts the connection beyond.
      await response.body.dump({ limit: errorBodyBytes }).catch(() => {})
    },
  })

  const once = async (
    { method, headers = {}, body, signal }: HttpRequest,
    url: URL,
    authorization: string | null,
  ): Promise<{ response: HttpResponse; challenges: string | string[] | undefined }> => {
    const content = body === undefined ? null : await body()
    try {
      const response = await request(url, {
        method,
        headers: { 'user-agent': 'proml-studio', ...headers, ...(authorization === null ? {} : { authorization }) },
        body: content,
        signal,
        dispatcher: agent,
      })
      return { response: wrap(response, signal), challenges: response.headers['www-authenticate'] }
    } catch (error) {
      throw networkError(error, registry.host, signal)
    } finally {
      // A server may answer before it has read everything; the file must not stay open then.
      if (content !== null && !(content instanceof Uint8Array)) content.destroy()
    }
  }

  const authorizer: Authorizer = createAuthorizer({
    registry,
    credentials,
    async get(url, headers, signal) {
      const { response } = await once({ method: 'GET', url, scope: '', headers, signal }, url, null)
      return { status: response.status, text: new TextDecoder().decode(await response.bytes(errorBodyBytes)) }
    },
  })

  const refusedRedirect = (reason: string): RegistryError =>
    new RegistryError('registry_refused', `${registry.host} was not followed: ${reason}.`, {
      hint: 'Ask whoever runs the registry; nothing was sent or kept.',
    })

  const follow = async (
    sent: HttpRequest,
    authorization: string | null,
  ): Promise<{ response: HttpResponse; challenges: string | string[] | undefined }> => {
    let url = sent.url
    let header = authorization
    for (let redirects = 0; ; redirects += 1) {
      const answer = await once(sent, url, header)
      const { status } = answer.response
      const location = answer.response.header('location')
      if (![301, 302, 303, 307, 308].includes(status) || location === null) return answer
      await answer.response.dump()
      if (sent.method !== 'GET' && sent.method !== 'HEAD') throw refusedRedirect('it redirects an upload')
      if (redirects >= maximumRedirects) throw refusedRedirect('it redirects without end')
      const decision = decideRedirect(url, location, sent.kind ?? 'other')
      if (decision.kind === 'refuse') throw refusedRedirect(decision.reason)
      // Once another host was asked, nothing later in the chain gets the credentials back.
      if (!decision.withCredentials) header = null
      url = decision.url
    }
  }

  return {
    async send(sent) {
      const first = await follow(sent, authorizer.header(sent.scope))
      if (first.response.status !== 401) return first.response
      await first.response.dump()
      const canRetry = await authorizer.answer(parseChallenges(first.challenges), sent.scope, sent.signal)
      if (canRetry) {
        const second = await follow(sent, authorizer.header(sent.scope))
        if (second.response.status !== 401) return second.response
        await second.response.dump()
      }
      const hasCredentials = (await credentials()) !== null
      throw new RegistryError(
        'registry_refused',
        hasCredentials
          ? `${registry.host} refuses the user name or the password.`
          : `${registry.host} wants a user name and a password.`,
        {
          hint: signInHint,
          status: 401,
        },
      )
    },

    async failure(response, what) {
      const text = await response.bytes(errorBodyBytes).then(
        (bytes) => new TextDecoder().decode(bytes),
        () => '',
      )
      const { status } = response
      const { codes, words } = describeBody(text)
      const detail = `${what}: ${status} ${words}`
      if (codes.includes('DIGEST_INVALID') && status === 400)
        return new RegistryError('digest_mismatch', `${registry.host} got other bytes than were sent.`, {
          hint: 'It is sent once more; if it stays, run Verify on the local store.',
          detail,
          status,
        })
      const isTransient =
        status >= 500 ? status !== 501 && status !== 505 && status !== 507 : status === 429 || status === 408
      if (isTransient)
        return new RegistryError('registry_unreachable', `${registry.host} cannot do it now: it answered ${status}.`, {
          hint: hintOf(status),
          detail,
          status,
          retryAfterMs: parseRetryAfter(response.header('retry-after'), Date.now()),
        })
      return new RegistryError(
        'registry_refused',
        `${registry.host} refused ${what}: it answered ${status}${words === '' ? '' : ` (${words})`}.`,
        { hint: hintOf(status), detail, status },
      )
    },

    close: () => agent.close(),
  }
}
