import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CsvEncoding } from '@shared/data/csv'

/** By its first bytes: a mark, or every other byte zero, which no other text has. */
export const encodingOf = (head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' => {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const pairs = Math.floor(Math.min(head.length, 4096) / 2)
  if (pairs < 2) return 'utf-8'
  let even = 0
  let odd = 0
  for (let pair = 0; pair < pairs; pair += 1) {
    if (head[2 * pair] === 0) even += 1
    if (head[2 * pair + 1] === 0) odd += 1
  }
  if (odd > 0.4 * pairs && even < 0.1 * pairs) return 'utf-16le'
  if (even > 0.4 * pairs && odd < 0.1 * pairs) return 'utf-16be'
  return 'utf-8'
}

/** The decoder of an encoding that somebody named, or of what the file’s first bytes tell. */
export const decoderOf = (named: CsvEncoding | null, head: Uint8Array): string => {
  const found = encodingOf(head)
  if (named === null) return found
  return named === 'utf-16' ? (found === 'utf-8' ? 'utf-16le' : found) : named
}

/** A text file as UTF-8. Bytes that are none of the encoding become U+FFFD. */
export const recodeCsv = async (input: string, output: string, encoding: string): Promise<void> => {
  const decoder = new TextDecoder(encoding)
  const decoded = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(input, { highWaterMark: 1024 ** 2 }))
      yield Buffer.from(decoder.decode(chunk as Uint8Array, { stream: true }))
    yield Buffer.from(decoder.decode())
  }
  await pipeline(Readable.from(decoded()), createWriteStream(output))
}
