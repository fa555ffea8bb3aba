import { StudioError } from '@shared/errors'
import { AwsClient } from 'aws4fetch'
import { z } from 'zod'
import { type Ask, answerOf, askPlainly } from './download'

/** A bucket of a store, and how it is asked. */
export interface Bucket {
  readonly ask: Ask
  addressOf(key: string): URL
  /** Keys that begin so, in the store’s order; `isWanted` says which. */
  list(prefix: string, isWanted: (key: string) => boolean, signal: AbortSignal): Promise<string[]>
}

const credentialsSchema = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().optional(),
  region: z.string().optional(),
  endpoint: z.string().optional(),
})
type Credentials = z.infer<typeof credentialsSchema>

const mostKeys = 10_000
const mostPages = 2_000

/** A secret is `key:secret key`, or JSON with those, a region and an endpoint. */
export const credentialsOf = (secret: string): Credentials => {
  const short = /^([^\s:{]+):(\S+)$/.exec(secret)
  if (short?.[1] && short[2]) return { accessKeyId: short[1], secretAccessKey: short[2] }
  try {
    return credentialsSchema.parse(JSON.parse(secret))
  } catch {
    // What it holds is not repeated.
    throw new StudioError('invalid_input', 'The secret of the object store cannot be read.', {
      hint: 'Write it as `key:secret key`, or as JSON with `accessKeyId`, `secretAccessKey`, and perhaps `region`, `endpoint`, `sessionToken`.',
    })
  }
}

const endpointOf = (credentials: Credentials | null, region: string): URL => {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  const said = credentials?.endpoint ?? (AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL)
  const url = URL.parse(said ?? `https://s3.${region}.amazonaws.com`)
  if (url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '') return url
  throw new StudioError('invalid_input', 'The endpoint of the object store is no address of a web server.', {
    hint: 'Say it as `https://host[:port]`, in the secret or in `AWS_ENDPOINT_URL_S3`.',
  })
}

/** Every character but those that stand for themselves in any signature. */
const encoded = (key: string): string =>
  encodeURIComponent(key)
    .replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')

const signing = (credentials: Credentials, region: string): Ask => {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const client = new AwsClient({ accessKeyId, secretAccessKey, sessionToken, service: 's3', region, retries: 0 })
  return async (url, headers, signal, method) => {
    const signed = await client.sign(url.href, { method })
    return askPlainly(new URL(signed.url), { ...Object.fromEntries(signed.headers), ...headers }, signal, method)
  }
}

/** A store that sends on means another region; nothing is signed for another server. */
const staying =
  (ask: Ask): Ask =>
  async (url, headers, signal, method) => {
    const answer = await ask(url, headers, signal, method)
    if (answer.status < 300 || answer.status >= 400 || answer.status === 304) return answer
    await answer.body?.cancel()
    const region = answer.headers.get('x-amz-bucket-region')
    throw new StudioError('unreadable_file', `\`${url.host}\` does not keep this bucket.`, {
      hint: region
        ? `Say its region, \`${region}\`, in the secret or in \`AWS_REGION\`.`
        : 'Check its region and endpoint.',
    })
  }

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const plainText = (xml: string): string =>
  xml.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    const code = decimal ? Number(decimal) : hexadecimal ? Number.parseInt(hexadecimal, 16) : null
    if (code !== null) return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    return entities[String(name)] ?? whole
  })

/** The text of an element of a listing, whose elements hold no others of their name. */
const textOf = (xml: string, name: string): string | null => {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)
  return found?.[1] === undefined ? null : plainText(found[1])
}

const keyOf = (contents: string, isEncoded: boolean): string => {
  const key = textOf(contents, 'Key') ?? ''
  try {
    return isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key
  } catch {
    return key
  }
}

const listAddress = (root: string, prefix: string, token: string | null): URL => {
  const query = {
    'list-type': '2',
    'encoding-type': 'url',
    prefix,
    ...(token === null ? {} : { 'continuation-token': token }),
  }
  const url = new URL(root)
  // A signature is over spaces as `%20`, never as `+`.
  url.search = Object.entries(query)
    .map(([name, value]) => `${name}=${encoded(value).replaceAll('/', '%2F')}`)
    .join('&')
  return url
}

export const openBucket = (name: string, secret: string | null): Bucket => {
  const credentials = secret === null ? null : credentialsOf(secret)
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  const region = credentials?.region ?? (AWS_REGION || AWS_DEFAULT_REGION || 'us-east-1')
  const endpoint = endpointOf(credentials, region)
  const root = `${endpoint.href.replace(/\/$/, '')}/${encoded(name)}`
  const ask = staying(credentials === null ? askPlainly : signing(credentials, region))
  return {
    ask,
    addressOf(key) {
      // Addresses have no way to say them: they would lead to another file.
      if (key.split('/').some((part) => part === '.' || part === '..'))
        throw new StudioError('not_supported', `\`${key}\` has a step that is a dot or two.`, {
          hint: 'Copy the file to another name.',
        })
      return new URL(`${root}/${encoded(key)}`)
    },
    async list(prefix, isWanted, signal) {
      const keys: string[] = []
      let token: string | null = null
      for (let page = 0; page < mostPages; page += 1) {
        const { answer } = await answerOf(ask, listAddress(root, prefix, token), {}, signal)
        const xml = await answer.text()
        if (answer.status !== 200) throw refusedListing(name, answer.status, textOf(xml, 'Code'))
        const isEncoded = textOf(xml, 'EncodingType') === 'url'
        for (const [contents] of xml.matchAll(/<Contents>.*?<\/Contents>/gs)) {
          const key = keyOf(contents, isEncoded)
          if (textOf(contents, 'Size') !== '0' && isWanted(key)) keys.push(key)
        }
        if (keys.length > mostKeys) break
        token = textOf(xml, 'NextContinuationToken')
        if (textOf(xml, 'IsTruncated') !== 'true' || token === null) return keys
      }
      throw new StudioError('not_supported', `More than ${mostKeys.toLocaleString('en')} files of \`${name}\` fit.`, {
        hint: 'Narrow the glob, or gather the files into larger ones.',
      })
    },
  }
}

const refusedListing = (name: string, status: number, code: string | null): StudioError => {
  const detail = `${status} ${code ?? ''}`
  if (status === 404)
    return new StudioError('not_found', `There is no bucket \`${name}\`.`, {
      hint: 'Check its name and its endpoint.',
      detail,
    })
  if (status === 401 || status === 403)
    return new StudioError('permission_denied', `The store does not list \`${name}\` (${code ?? status}).`, {
      hint: 'Check the credentials and what they may list, or name the files one by one.',
      detail,
    })
  return new StudioError('source_unreachable', `The store answers ${status} instead of what \`${name}\` holds.`, {
    hint: 'Try again later; what was read before is still here.',
    detail,
  })
}
