import { z } from 'zod'
import { RegistryError } from '../remote'
import { isLoopback } from './redirects'

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface Challenge {
  readonly scheme: 'basic' | 'bearer'
  readonly parameters: Readonly<Record<string, string>>
}

/** RFC 9110 §11.6.1, as registries send it: one challenge a header line, parameters quoted or not. */
export const parseChallenges = (header: string | readonly string[] | undefined): Challenge[] => {
  const lines = header === undefined ? [] : typeof header === 'string' ? [header] : header
  return lines.flatMap((line): Challenge[] => {
    const match = /^\s*(basic|bearer)\b\s*(.*)$/i.exec(line.slice(0, 8192))
    if (match === null) return []
    const parameters: Record<string, string> = {}
    for (const part of (match[2] ?? '').matchAll(/([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi))
      parameters[(part[1] ?? '').toLowerCase()] = (part[2] ?? part[3] ?? '').replace(/\\(.)/g, '$1')
    return [{ scheme: match[1]?.toLowerCase() === 'basic' ? 'basic' : 'bearer', parameters }]
  })
}

/** Hosts that give tokens for a registry of another name. Known here, never learnt from a registry. */
const knownTokenHosts: Readonly<Record<string, string>> = { 'registry-1.docker.io': 'auth.docker.io' }

export type RealmDecision =
  | { readonly kind: 'ask'; readonly url: URL }
  | { readonly kind: 'refuse'; readonly reason: string }

/** The registry chooses where tokens come from; so a password goes there only if that is the registry itself. */
export const decideRealm = (registry: URL, realm: string): RealmDecision => {
  let url: URL
  try {
    url = new URL(realm, registry)
  } catch {
    return { kind: 'refuse', reason: 'it names no address to get a token from' }
  }
  const isOwn = url.hostname === registry.hostname || knownTokenHosts[registry.hostname] === url.hostname
  if (!isOwn) return { kind: 'refuse', reason: `it asks to send the password to another host, ${url.host}` }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && registry.protocol === 'http:'))
    return { kind: 'refuse', reason: 'it asks to send the password without encryption' }
  return { kind: 'ask', url }
}

/** What to do about a password that is missing or wrong. */
export const signInHint = 'Sign in to it under Deploy, Registries, then try again.'

const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
})

export interface Authorizer {
  /** The header that was right last time for this scope. */
  header(scope: string): string | null
  /** Answer a 401; false where there is nothing new to try. */
  answer(challenges: readonly Challenge[], scope: string, signal: AbortSignal): Promise<boolean>
}

export interface AuthorizerOptions {
  readonly registry: URL
  readonly credentials: () => Promise<Credentials | null>
  /** GET without following anything: status and at most a few kilobytes of body. */
  readonly get: (
    url: URL,
    headers: Record<string, string>,
    signal: AbortSignal,
  ) => Promise<{ status: number; text: string }>
}

const refusal = (host: string, reason: string, hint: string): RegistryError =>
  new RegistryError('registry_refused', `${host} was not trusted: ${reason}.`, { hint, status: 401 })

export const createAuthorizer = ({ registry, credentials, get }: AuthorizerOptions): Authorizer => {
  const headers = new Map<string, string>()

  const basicOf = (known: Credentials): string =>
    `Basic ${Buffer.from(`${known.username}:${known.password}`, 'utf8').toString('base64')}`

  const requireEncryption = (): void => {
    if (registry.protocol === 'https:' || isLoopback(registry.hostname)) return
    throw refusal(
      registry.host,
      'it is reached without encryption, and the password would be readable on the way',
      'Use the registry’s `https:` address.',
    )
  }

  const tokenFrom = async (challenge: Challenge, scope: string, signal: AbortSignal): Promise<string> => {
    const decision = decideRealm(registry, challenge.parameters.realm ?? '')
    if (decision.kind === 'refuse')
      throw refusal(registry.host, decision.reason, 'Ask whoever runs the registry; nothing was sent there.')
    const { url } = decision
    if (challenge.parameters.service !== undefined) url.searchParams.set('service', challenge.parameters.service)
    for (const one of (challenge.parameters.scope ?? scope).split(' ').filter((part) => part !== ''))
      url.searchParams.append('scope', one)
    const known = await credentials()
    if (known !== null) requireEncryption()
    const answer = await get(url, known === null ? {} : { authorization: basicOf(known) }, signal)
    if (answer.status !== 200)
      throw new RegistryError('registry_refused', `${registry.host} gave no token: it answered ${answer.status}.`, {
        hint: signInHint,
        status: 401,
      })
    let token: string | undefined
    try {
      const parsed = tokenSchema.parse(JSON.parse(answer.text))
      token = parsed.token ?? parsed.access_token
    } catch {
      token = undefined
    }
    // A line break in a token would write headers of the server's choice.
    if (token === undefined || !/^[\x21-\x7e]+$/.test(token))
      throw new RegistryError(
        'registry_refused',
        `${registry.host} answered a request for a token with something else.`,
        {
          hint: 'Check the address: this may not be a registry.',
          status: 401,
        },
      )
    return token
  }

  return {
    header: (scope) => headers.get(scope) ?? null,
    async answer(challenges, scope, signal) {
      const bearer = challenges.find((one) => one.scheme === 'bearer')
      if (bearer !== undefined) {
        headers.set(scope, `Bearer ${await tokenFrom(bearer, scope, signal)}`)
        return true
      }
      if (!challenges.some((one) => one.scheme === 'basic')) return false
      const known = await credentials()
      if (known === null) return false
      requireEncryption()
      const header = basicOf(known)
      if (headers.get(scope) === header) return false
      headers.set(scope, header)
      return true
    },
  }
}
