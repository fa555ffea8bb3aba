/** What is asked for: the bytes of a blob are checked against their digest wherever they come from; nothing else is. */
export type RequestKind = 'blob' | 'other'

export type RedirectDecision =
  | { readonly kind: 'follow'; readonly url: URL; readonly withCredentials: boolean }
  | { readonly kind: 'refuse'; readonly reason: string }

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)

const parse = (target: string, base: URL): URL | null => {
  try {
    return new URL(target, base)
  } catch {
    return null
  }
}

/** Registries send blob downloads to their object storage; credentials never go along, and nothing but blobs goes there. */
export const decideRedirect = (from: URL, target: string, kind: RequestKind): RedirectDecision => {
  const url = parse(target, from)
  if (url === null) return { kind: 'refuse', reason: 'it redirects to something that is no address' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { kind: 'refuse', reason: `it redirects to a \`${url.protocol}\` address` }
  if (url.username !== '' || url.password !== '')
    return { kind: 'refuse', reason: 'it redirects to an address with a password in it' }
  if (url.origin === from.origin) return { kind: 'follow', url, withCredentials: true }
  if (kind !== 'blob') return { kind: 'refuse', reason: `it redirects to another host, ${url.host}` }
  if (url.protocol !== 'https:')
    return { kind: 'refuse', reason: `it redirects a download to ${url.host} without encryption` }
  if (isLoopback(url.hostname)) return { kind: 'refuse', reason: 'it redirects a download to this machine' }
  return { kind: 'follow', url, withCredentials: false }
}

/**
 * Where an upload goes on, or null if it must not go there. A registry behind a proxy that ends TLS names itself with `http:`;
 * the scheme and port by which it was reached are kept then.
 */
export const uploadLocation = (base: URL, location: string): URL | null => {
  const url = parse(location, base)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  if (url.username !== '' || url.password !== '') return null
  if (url.origin === base.origin) return url
  const isSameHostOtherScheme = url.hostname === base.hostname && url.protocol !== base.protocol
  return isSameHostOtherScheme ? new URL(`${url.pathname}${url.search}`, base.origin) : null
}
