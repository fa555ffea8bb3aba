import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const cookieName = 'proml-session'

const equals = (a: string, b: string): boolean => {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Who may use the host: whoever shows the one-time token once, then the cookie that it was exchanged for. */
export interface HostSessions {
  /** The token that the next new browser must show. */
  readonly token: () => string
  /** A session cookie for a right token; the token is spent. Null for a wrong one. */
  exchange(token: string): string | null
  hasSession(cookieHeader: string | undefined): boolean
}

export const createSessions = (port: () => number, initialToken?: string): HostSessions => {
  let token = initialToken ?? randomBytes(24).toString('base64url')
  const sessions = new Set<string>()
  // Cookies ignore ports: the name carries it, so that two hosts on one machine do not overwrite each other's.
  const name = () => `${cookieName}-${port()}`
  return {
    token: () => token,
    exchange(shown) {
      if (!equals(shown, token)) return null
      token = randomBytes(24).toString('base64url')
      const session = randomBytes(24).toString('base64url')
      sessions.add(session)
      return `${name()}=${session}; HttpOnly; SameSite=Strict; Path=/`
    },
    hasSession(header) {
      const prefix = `${name()}=`
      const value = header
        ?.split(';')
        .map((part) => part.trim())
        .find((part) => part.startsWith(prefix))
        ?.slice(prefix.length)
      return value !== undefined && [...sessions].some((session) => equals(session, value))
    },
  }
}

/** Names under which a browser on this machine reaches the host. Anything else is DNS rebinding or a mistake. */
export const allowedHosts = (port: number): readonly string[] => [
  `127.0.0.1:${port}`,
  `localhost:${port}`,
  `[::1]:${port}`,
]

export const isHostAllowed = (request: Pick<IncomingMessage, 'headers'>, port: number): boolean =>
  allowedHosts(port).includes((request.headers.host ?? '').toLowerCase())

/** A WebSocket’s or a form’s origin must be the page that this host served. */
export const isOriginAllowed = (request: Pick<IncomingMessage, 'headers'>, port: number): boolean => {
  const origin = request.headers.origin
  return origin !== undefined && allowedHosts(port).some((host) => origin.toLowerCase() === `http://${host}`)
}
