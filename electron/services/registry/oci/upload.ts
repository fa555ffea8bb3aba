import { pipeline, Transform } from 'node:stream'
import { RegistryError, type UploadOptions, type UploadSource } from '../remote'
import type { HttpClient, HttpResponse } from './http'
import { uploadLocation } from './redirects'

export interface UploadTarget {
  readonly http: HttpClient
  readonly registry: URL
  readonly repository: string
  readonly scope: string
  readonly chunkBytes: number
  /** What was learnt about this registry; null while unknown. */
  readonly chunks: { get(): boolean | null; set(hasChunks: boolean): void }
}

/** The chunked way ended and the blob has to begin again, or go in one piece. */
type ChunkedEnd = 'done' | 'restart' | 'no-chunks'

const maximumRestarts = 3

/** End of a confirmed `Range: 0-<end>` as a count. `0-0` is what an empty upload says too, so it counts as nothing. */
export const confirmedBytes = (range: string | null): number | null => {
  const match = /^(?:bytes=)?0-(\d{1,15})$/.exec(range ?? '')
  if (match === null) return null
  const end = Number(match[1])
  return end === 0 ? 0 : end + 1
}

const locationOf = (target: UploadTarget, response: HttpResponse): URL => {
  const location = response.header('location')
  const url = location === null ? null : uploadLocation(target.registry, location)
  if (url !== null) return url
  throw new RegistryError(
    'registry_refused',
    `${target.registry.host} sends the upload to an address that is not its own.`,
    {
      hint: 'Ask whoever runs the registry to correct its external address; nothing was sent there.',
      detail: location ?? 'no Location',
    },
  )
}

const begin = async (target: UploadTarget, signal: AbortSignal): Promise<{ location: URL; minimumChunk: number }> => {
  const response = await target.http.send({
    method: 'POST',
    url: new URL(`/v2/${target.repository}/blobs/uploads/`, target.registry),
    scope: target.scope,
    headers: { 'content-length': '0' },
    signal,
  })
  if (response.status !== 202) throw await target.http.failure(response, 'to begin an upload')
  await response.dump()
  const minimum = Number(response.header('oci-chunk-min-length') ?? 0)
  return { location: locationOf(target, response), minimumChunk: Number.isSafeInteger(minimum) ? minimum : 0 }
}

const forget = async (target: UploadTarget, location: URL, options: UploadOptions): Promise<void> => {
  options.sessions.clear()
  // Only tidiness: the registry drops abandoned uploads by itself.
  await target.http
    .send({ method: 'DELETE', url: location, scope: target.scope, signal: options.signal })
    .then((response) => response.dump())
    .catch(() => {})
}

const counted = (source: UploadSource, range: { start: number; end: number }, onBytes: (bytes: number) => void) => {
  return async () => {
    const input = await source.open(range)
    const counter = new Transform({
      highWaterMark: 1 << 20,
      transform(chunk: Uint8Array, _encoding, done) {
        onBytes(chunk.byteLength)
        done(null, chunk)
      },
    })
    // The reader's error reaches the request through the counter.
    pipeline(input, counter, () => {})
    return counter
  }
}

const putUrl = (location: URL, digest: string): URL => {
  const url = new URL(location)
  url.searchParams.set('digest', digest)
  return url
}

const checkStored = async (target: UploadTarget, response: HttpResponse, digest: string): Promise<void> => {
  await response.dump()
  const stored = response.header('docker-content-digest')
  if (stored === null || stored === digest) return
  throw new RegistryError('digest_mismatch', `${target.registry.host} stored something else than was sent.`, {
    hint: 'Do not rely on this registry; ask whoever runs it.',
    detail: `sent ${digest}, stored ${stored}`,
  })
}

const uploadWhole = async (target: UploadTarget, source: UploadSource, options: UploadOptions): Promise<void> => {
  const { location } = await begin(target, options.signal)
  let sent = 0
  const response = await target.http.send({
    method: 'PUT',
    url: putUrl(location, source.digest),
    scope: target.scope,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(source.size) },
    body:
      source.size === 0
        ? async () => new Uint8Array()
        : async () => {
            sent = 0
            return counted(source, { start: 0, end: source.size - 1 }, (bytes) => {
              sent += bytes
              options.onProgress({ resumed: 0, sent })
            })()
          },
    signal: options.signal,
  })
  if (response.status !== 201) throw await target.http.failure(response, 'a file')
  await checkStored(target, response, source.digest)
}

/** Where to go on: the session that survived, if the registry still knows it and says what was confirmed before. */
const resume = async (
  target: UploadTarget,
  source: UploadSource,
  options: UploadOptions,
): Promise<{ location: URL; offset: number } | null> => {
  const session = options.sessions.get()
  if (session === null) return null
  const location = uploadLocation(target.registry, session.location)
  if (location === null) {
    options.sessions.clear()
    return null
  }
  const response = await target.http.send({ method: 'GET', url: location, scope: target.scope, signal: options.signal })
  const confirmed = response.status === 204 ? confirmedBytes(response.header('range')) : null
  if (response.status >= 500) throw await target.http.failure(response, 'to go on with an upload')
  await response.dump()
  if (confirmed !== null && confirmed > 0 && confirmed >= session.acknowledged && confirmed <= source.size) {
    const next = response.header('location')
    return { location: (next === null ? null : uploadLocation(target.registry, next)) ?? location, offset: confirmed }
  }
  await forget(target, location, options)
  return null
}

const uploadChunks = async (
  target: UploadTarget,
  source: UploadSource,
  options: UploadOptions,
): Promise<ChunkedEnd> => {
  const resumed = await resume(target, source, options)
  const fresh = resumed === null ? await begin(target, options.signal) : null
  let location = resumed?.location ?? fresh?.location
  if (location === undefined) return 'restart'
  const start = resumed?.offset ?? 0
  const chunkBytes = Math.max(target.chunkBytes, fresh?.minimumChunk ?? 0)
  let offset = start
  while (offset < source.size) {
    const from = offset
    const end = Math.min(from + chunkBytes, source.size) - 1
    let streamed = 0
    const response: HttpResponse = await target.http.send({
      method: 'PATCH',
      url: location,
      scope: target.scope,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(end - from + 1),
        'content-range': `${from}-${end}`,
      },
      body: async () => {
        streamed = 0
        return counted(source, { start: from, end }, (bytes) => {
          streamed += bytes
          options.onProgress({ resumed: start, sent: from - start + streamed })
        })()
      },
      signal: options.signal,
    })
    const { status } = response
    if (status !== 202) {
      if (from === 0 && resumed === null && [400, 404, 405, 415, 501].includes(status)) {
        await response.dump()
        await forget(target, location, options)
        // 404 may also mean a session lost in a restart; only a clear no is remembered.
        if (status === 405 || status === 501) target.chunks.set(false)
        return 'no-chunks'
      }
      if (status === 404 || status === 416 || status === 400) {
        await response.dump()
        await forget(target, location, options)
        return 'restart'
      }
      throw await target.http.failure(response, 'a part of a file')
    }
    await response.dump()
    location = locationOf(target, response)
    // Debian's docker-registry 2.8.2 appends whatever comes, wherever it belongs, and answers 202: its `Range` tells.
    if (confirmedBytes(response.header('range')) !== end + 1 && !(end === 0 && source.size === 1)) {
      await forget(target, location, options)
      return 'restart'
    }
    offset = end + 1
    target.chunks.set(true)
    options.sessions.set({ location: location.href, acknowledged: offset })
    options.onProgress({ resumed: start, sent: offset - start })
  }
  const response = await target.http.send({
    method: 'PUT',
    url: putUrl(location, source.digest),
    scope: target.scope,
    headers: { 'content-length': '0' },
    signal: options.signal,
  })
  if (response.status === 404) {
    await response.dump()
    options.sessions.clear()
    return 'restart'
  }
  if (response.status !== 201) {
    const error = await target.http.failure(response, 'a file')
    if (error.code !== 'registry_unreachable') await forget(target, location, options)
    throw error
  }
  options.sessions.clear()
  await checkStored(target, response, source.digest)
  return 'done'
}

/** Chunked with resumption where the file is larger than a chunk and the registry can; whole otherwise. */
export const uploadBlob = async (target: UploadTarget, source: UploadSource, options: UploadOptions): Promise<void> => {
  if (source.size <= target.chunkBytes || target.chunks.get() === false) return uploadWhole(target, source, options)
  for (let restarts = 0; restarts < maximumRestarts; restarts += 1) {
    const end = await uploadChunks(target, source, options)
    if (end === 'done') return
    if (end === 'no-chunks') return uploadWhole(target, source, options)
  }
  throw new RegistryError('registry_unreachable', `${target.registry.host} loses the upload each time it is begun.`, {
    hint: 'It will be tried again by itself; if it stays, ask whoever runs the registry.',
  })
}
