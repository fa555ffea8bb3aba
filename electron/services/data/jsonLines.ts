import { createReadStream } from 'node:fs'

export interface BadLine {
  readonly line: number
  readonly reason: string
}

/** DuckDB’s own limit of an object. */
const longestLineBytes = 16 * 1024 ** 2

const faultOf = (bytes: Buffer): string | null => {
  const text = bytes.toString('utf8').trim()
  if (text === '') return null
  try {
    JSON.parse(text)
    return null
  } catch {
    return /^[[\]{},]+$/.test(text) ? 'holds a part of a JSON value only' : 'is not JSON'
  }
}

/** The first line of a file that is no JSON; DuckDB counts lines otherwise than an editor. Null where all are. */
export const findBadLine = async (path: string): Promise<BadLine | null> => {
  let line = 1
  let parts: Buffer[] = []
  let held = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 })) {
    let rest = chunk as Buffer
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const reason = faultOf(Buffer.concat([...parts, rest.subarray(0, end)]))
      if (reason) return { line, reason }
      parts = []
      held = 0
      line += 1
      rest = rest.subarray(end + 1)
    }
    if (rest.length > 0) parts.push(rest)
    held += rest.length
    if (held > longestLineBytes) return { line, reason: 'is longer than 16 MB' }
  }
  const reason = faultOf(Buffer.concat(parts))
  return reason ? { line, reason } : null
}
