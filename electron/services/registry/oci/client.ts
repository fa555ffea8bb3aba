import { setTimeout as delay } from 'node:timers/promises'
import { isTagName, limits, mediaTypes } from '@shared/registry/manifest'
import { z } from 'zod'
import { digestOf } from '../../workspace/durable'
import { RegistryError, type RemoteRegistry, type RemoteRepository, sortTags } from '../remote'
import type { Credentials } from './auth'
import { createHttpClient, type HttpClient, type HttpOptions, networkError } from './http'
import { uploadLocation } from './redirects'
import { type UploadTarget, uploadBlob } from './upload'

export interface OciOptions {
  readonly url: URL
  readonly credentials: () => Promise<Credentials | null>
  readonly chunks: UploadTarget['chunks']
  readonly chunkBytes?: number
  readonly timeouts?: HttpOptions['timeouts']
}

export const defaultChunkBytes = 16 * 1024 * 1024
const tagPages = 200
const tagListBytes = 16 * 1024 * 1024
/** Broken downloads in a row without one byte of progress. */
const patience = 4

const tagListSchema = z.object({ tags: z.array(z.string()).nullable().optional() })

const downloadStart = (contentRange: string | null): number | null => {
  const match = /^bytes (\d{1,15})-/.exec(contentRange ?? '')
  return match === null ? null : Number(match[1])
}

async function* download(
  http: HttpClient,
  url: URL,
  scope: string,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let offset = 0
  let failures = 0
  let etag: string | null = null
  while (offset < size || (size === 0 && failures === 0)) {
    const before = offset
    let problem: unknown = null
    try {
      const response = await http.send({
        method: 'GET',
        url,
        scope,
        kind: 'blob',
        headers: offset === 0 ? {} : { range: `bytes=${offset}-`, ...(etag === null ? {} : { 'if-range': etag }) },
        signal,
      })
      if (response.status !== 200 && response.status !== 206) throw await http.failure(response, 'a file')
      const header = response.header('etag')
      // A weak tag does not promise the same bytes (RFC 9110 §8.8.1).
      etag = header === null || header.startsWith('W/') ? null : header
      // A server that ignores `Range` sends all of it again.
      let skip = response.status === 206 && offset > 0 ? 0 : offset
      if (response.status === 206 && offset > 0 && downloadStart(response.header('content-range')) !== offset) {
        response.body.destroy()
        throw new RegistryError('registry_refused', 'The registry went on with a file at the wrong place.', {
          hint: 'Nothing was kept. Try again; if it stays, ask whoever runs the registry.',
        })
      }
      try {
        for await (const chunk of response.body) {
          if (!(chunk instanceof Uint8Array)) continue
          const rest = skip >= chunk.byteLength ? null : chunk.subarray(skip)
          skip = Math.max(0, skip - chunk.byteLength)
          if (rest === null) continue
          offset += rest.byteLength
          yield rest
          if (offset > size) return
        }
      } catch (error) {
        throw networkError(error, url.host, signal)
      } finally {
        response.body.destroy()
      }
      if (size === 0) return
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'registry_unreachable') throw error
      problem = error
    }
    if (offset >= size) return
    failures = offset > before ? 0 : failures + 1
    if (failures > patience) {
      if (problem !== null) throw problem
      return
    }
    await delay(50 * 2 ** failures, undefined, { signal })
  }
}

const repositoryOfServer = (http: HttpClient, options: OciOptions, name: string): RemoteRepository => {
  const scope = `repository:${name}:pull,push`
  const at = (path: string) => new URL(`/v2/${name}/${path}`, options.url)
  const accept = { accept: mediaTypes.manifest }
  const target: UploadTarget = {
    http,
    registry: options.url,
    repository: name,
    scope,
    chunkBytes: options.chunkBytes ?? defaultChunkBytes,
    chunks: options.chunks,
  }

  return {
    async hasBlob({ digest, size }, signal) {
      const response = await http.send({ method: 'HEAD', url: at(`blobs/${digest}`), scope, kind: 'blob', signal })
      await response.dump()
      if (response.status === 200) {
        const length = response.header('content-length')
        return length === null || Number(length) === size
      }
      if (response.status === 404) return false
      throw await http.failure(response, 'to say what it has')
    },

    async mountBlob(digest, from, signal) {
      const url = at('blobs/uploads/')
      url.searchParams.set('mount', digest)
      url.searchParams.set('from', from)
      const response = await http.send({
        method: 'POST',
        url,
        scope: `${scope} repository:${from}:pull`,
        headers: { 'content-length': '0' },
        signal,
      })
      await response.dump()
      if (response.status === 201) return true
      // An ordinary upload was begun instead; it is not needed.
      const location = response.status === 202 ? uploadLocation(options.url, response.header('location') ?? '') : null
      if (location !== null)
        await http
          .send({ method: 'DELETE', url: location, scope, signal })
          .then((answer) => answer.dump())
          .catch(() => {})
      return false
    },

    uploadBlob: (source, uploadOptions) => uploadBlob(target, source, uploadOptions),

    async manifestDigest(reference, signal) {
      const response = await http.send({
        method: 'HEAD',
        url: at(`manifests/${reference}`),
        scope,
        headers: accept,
        signal,
      })
      await response.dump()
      if (response.status === 404) return null
      if (response.status !== 200) throw await http.failure(response, 'to say what it has')
      return response.header('docker-content-digest')
    },

    async putManifest(reference, manifest, signal) {
      const response = await http.send({
        method: 'PUT',
        url: at(`manifests/${reference}`),
        scope,
        headers: { 'content-type': mediaTypes.manifest, 'content-length': String(manifest.bytes.byteLength) },
        body: async () => manifest.bytes,
        signal,
      })
      if (response.status !== 201) throw await http.failure(response, 'the bundle’s manifest')
      await response.dump()
      const stored = response.header('docker-content-digest')
      if (stored !== null && stored !== manifest.digest)
        throw new RegistryError('digest_mismatch', `${options.url.host} stored another manifest than was sent.`, {
          hint: 'Do not rely on this registry; ask whoever runs it.',
          detail: `sent ${manifest.digest}, stored ${stored}`,
        })
    },

    async getManifest(reference, signal) {
      const response = await http.send({
        method: 'GET',
        url: at(`manifests/${reference}`),
        scope,
        headers: accept,
        signal,
      })
      if (response.status === 404) {
        await response.dump()
        throw new RegistryError('not_found', `There is no \`${name}:${reference}\` in ${options.url.host}.`, {
          hint: 'Check the repository’s name and the tag.',
          status: 404,
        })
      }
      if (response.status !== 200) throw await http.failure(response, 'the bundle’s manifest')
      const bytes = await response.bytes(limits.manifestBytes)
      const digest = digestOf(bytes)
      const announced = isTagName(reference) ? response.header('docker-content-digest') : reference
      if (announced !== null && announced !== digest)
        throw new RegistryError(
          'digest_mismatch',
          `The manifest that ${options.url.host} sent is not what its digest says.`,
          {
            hint: 'Nothing was kept. Try again; if it stays, ask whoever runs the registry.',
            detail: `expected ${announced}, got ${digest}`,
          },
        )
      return { digest, bytes }
    },

    streamBlob: (blob, signal) => download(http, at(`blobs/${blob.digest}`), scope, blob.size, signal),

    async tags(signal) {
      const tags: string[] = []
      let url: URL | null = at('tags/list?n=1000')
      for (let page = 0; url !== null && page < tagPages; page += 1) {
        const response = await http.send({ method: 'GET', url, scope, signal })
        if (response.status === 404) {
          await response.dump()
          break
        }
        if (response.status !== 200) throw await http.failure(response, 'the list of tags')
        const text = new TextDecoder().decode(await response.bytes(tagListBytes))
        try {
          tags.push(...(tagListSchema.parse(JSON.parse(text)).tags ?? []).filter(isTagName))
        } catch (error) {
          throw new RegistryError('registry_refused', `${options.url.host} sent a list of tags that cannot be read.`, {
            hint: 'Check that the address belongs to a registry.',
            cause: error,
          })
        }
        const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.header('link') ?? '')?.[1]
        url = next === undefined ? null : uploadLocation(options.url, next)
      }
      return sortTags(tags)
    },
  }
}

/** An OCI registry (distribution-spec 1.1) over HTTP. */
export const createOciRegistry = (options: OciOptions): RemoteRegistry & { close(): Promise<void> } => {
  const http = createHttpClient({ registry: options.url, credentials: options.credentials, timeouts: options.timeouts })
  return {
    async check(signal) {
      const response = await http.send({ method: 'GET', url: new URL('/v2/', options.url), scope: '', signal })
      if (response.status === 200) return response.dump()
      throw await http.failure(response, 'to answer as a registry')
    },
    repository: (name) => repositoryOfServer(http, options, name),
    close: () => http.close(),
  }
}
