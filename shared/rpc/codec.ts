/**
 * Messages on a wire that carries text or bytes. A message without binary parts is a JSON text. One with them is
 * `u32 little-endian header length · header JSON · the parts, one after another`; the header names each part's place
 * by its path, so no key of a user's data can be mistaken for a marker.
 */
interface Header {
  readonly message: unknown
  readonly parts: readonly { readonly path: readonly (string | number)[]; readonly length: number }[]
}

type Path = readonly (string | number)[]

const extract = (value: unknown, path: Path, parts: { path: Path; bytes: Uint8Array }[]): unknown => {
  if (value instanceof Uint8Array) {
    parts.push({ path, bytes: value })
    return null
  }
  if (Array.isArray(value)) {
    let copy: unknown[] | null = null
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (typeof item !== 'object' || item === null) continue
      const next = extract(item, [...path, index], parts)
      if (next !== item) {
        copy ??= [...value]
        copy[index] = next
      }
    }
    return copy ?? value
  }
  if (typeof value === 'object' && value !== null) {
    let copy: Record<string, unknown> | null = null
    for (const [key, item] of Object.entries(value)) {
      if (typeof item !== 'object' || item === null) continue
      const next = extract(item, [...path, key], parts)
      if (next !== item) {
        copy ??= { ...value }
        copy[key] = next
      }
    }
    return copy ?? value
  }
  return value
}

export const encodeMessage = (message: unknown): string | Uint8Array => {
  const parts: { path: Path; bytes: Uint8Array }[] = []
  const stripped = extract(message, [], parts)
  if (parts.length === 0) return JSON.stringify(stripped)
  const header: Header = { message: stripped, parts: parts.map(({ path, bytes }) => ({ path, length: bytes.length })) }
  const head = new TextEncoder().encode(JSON.stringify(header))
  const total = parts.reduce((sum, { bytes }) => sum + bytes.length, 4 + head.length)
  const out = new Uint8Array(total)
  new DataView(out.buffer).setUint32(0, head.length, true)
  out.set(head, 4)
  let at = 4 + head.length
  for (const { bytes } of parts) {
    out.set(bytes, at)
    at += bytes.length
  }
  return out
}

const place = (root: unknown, path: Path, value: Uint8Array): unknown => {
  if (path.length === 0) return value
  let target = root as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) {
    if (!Object.hasOwn(target, key)) throw new RangeError('A binary part names a place that is not there.')
    target = target[key] as Record<string | number, unknown>
  }
  const last = path[path.length - 1] as string | number
  if (!Object.hasOwn(target, last)) throw new RangeError('A binary part names a place that is not there.')
  target[last] = value
  return root
}

/** The inverse of `encodeMessage`. Throws `RangeError` or `SyntaxError` on bytes that are no message. */
export const decodeMessage = (data: string | Uint8Array): unknown => {
  if (typeof data === 'string') return JSON.parse(data)
  if (data.length < 4) throw new RangeError('A message is shorter than its header.')
  const headLength = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true)
  if (4 + headLength > data.length) throw new RangeError('A message is shorter than its header.')
  const header = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + headLength))) as Header
  let at = 4 + headLength
  let message = header.message
  for (const { path, length } of header.parts) {
    if (at + length > data.length) throw new RangeError('A message is shorter than its parts.')
    // A copy: typed arrays over it need alignment, and the frame must not be kept alive by one small part.
    message = place(message, path, data.slice(at, at + length))
    at += length
  }
  return message
}
