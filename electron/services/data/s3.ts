import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { SourceTarget } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import { z } from 'zod'
import type { Logger, SecretStore } from '../context'
import { writeFileDurably } from '../workspace/durable'
import { formatSaid, tableOfCopies, type WebTools } from './http'
import { type Bucket, openBucket } from './s3Store'
import { secretValue } from './secrets'
import type { Table } from './tables'

export interface StoreTools extends WebTools {
  readonly secrets: SecretStore
  readonly log: Logger
}

interface Options {
  readonly isFresh: boolean
  readonly signal?: AbortSignal
}

/** At a time. */
const copies = 4
const listSchema = z.object({ pattern: z.string(), keys: z.array(z.string()), askedAt: z.string() })

const placeOf = (text: string): { bucket: string; pattern: string } => {
  const found = /^s3:\/\/([^/?*[\s]+)\/(.+)$/s.exec(text)
  if (found?.[1] && found[2]) return { bucket: found[1], pattern: found[2] }
  throw new StudioError('invalid_input', `\`${text.slice(0, 200)}\` is no address in an object store.`, {
    hint: 'Write it as `s3("s3://bucket/folder/*.parquet")`.',
  })
}

const isGlob = (pattern: string): boolean => /[*?[]/.test(pattern)

/** `*` and `?` stay within a folder, `**` does not. */
export const globOf = (pattern: string): RegExp => {
  const parts = pattern.match(/\*\*|\*|\?|\[[^\]/]+\]|[^*?]/gsu) ?? []
  const source = parts.map((part) => {
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.length > 2 && part.startsWith('['))
      return `[${part
        .slice(1, -1)
        .replace(/^!/, '^')
        .replace(/[\\\]]/g, '\\$&')}]`
    return part.replace(/[\\^$.|+(){}[\]/]/g, '\\$&')
  })
  return new RegExp(`^${source.join('')}$`, 's')
}

/** The keys that a glob fits: as they were, where they need not be asked for or cannot be. */
const keysOf = async (
  { workspace, log }: StoreTools,
  reference: string,
  bucket: Bucket,
  pattern: string,
  { isFresh, signal }: Options,
): Promise<readonly string[]> => {
  if (!isGlob(pattern)) return [pattern]
  const name = createHash('sha256').update(reference).digest('hex').slice(0, 32)
  const path = workspace.internal('cache', 'files', `${name}.list.json`)
  const before = await readFile(path, 'utf8').then(
    (text) => listSchema.safeParse(JSON.parse(text)).data ?? null,
    () => null,
  )
  const known = before?.pattern === reference ? before : null
  if (known && !isFresh) return known.keys
  try {
    const glob = globOf(pattern)
    const prefix = pattern.slice(0, pattern.search(/[*?[]/))
    const keys = await bucket.list(prefix, (key) => glob.test(key), signal ?? new AbortController().signal)
    if (keys.length === 0)
      throw new StudioError('not_found', `No file fits \`${pattern}\`.`, {
        hint: 'Check the bucket and the glob; `*` stays within a folder, `**` does not.',
      })
    await writeFileDurably(path, JSON.stringify({ pattern: reference, keys, askedAt: new Date().toISOString() }))
    return keys
  } catch (error) {
    if (!known || toStudioError(error).code !== 'source_unreachable') throw error
    log.warn(`The store cannot be asked what fits \`${pattern}\`; what fitted on ${known.askedAt} is used.`)
    return known.keys
  }
}

/** A file of an S3-compatible store, or all that a glob fits. */
export const openS3 = async (
  tools: StoreTools,
  reference: string,
  target: SourceTarget,
  options: Options,
): Promise<Table> => {
  const { bucket: name, pattern } = placeOf(typeof target.options.url === 'string' ? target.options.url : '')
  const format = formatSaid(target, pattern)
  const bucket = openBucket(name, await secretValue(tools.secrets, target.options.credentials))
  const keys = await keysOf(tools, reference, bucket, pattern, options)
  const files: string[] = []
  const remaining = keys.entries()
  const copy = async (): Promise<void> => {
    for (const [index, key] of remaining)
      files[index] = await tools.files.copyOf(
        { url: bucket.addressOf(key), format, ask: bucket.ask, name: `\`s3://${name}/${key}\`` },
        options,
      )
  }
  await Promise.all(Array.from({ length: copies }, copy))
  return tableOfCopies(tools, reference, files)
}
