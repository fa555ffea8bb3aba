import type { RedisTarget } from '@shared/rpc/materialise'

/** As a shell takes it for one word. */
const word = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : /["$`\\!]/.test(text) ? `'${text.replaceAll("'", `'\\''`)}'` : `"${text}"`

export interface Looked {
  readonly path: string
  readonly features: readonly string[]
  /** Where it was looked for a table; the workspace’s own, where none is named. */
  readonly redis?: RedisTarget
}

/** What is typed to have a table made where it was looked for. */
export const commandToServe = ({ path, features, redis }: Looked): string => {
  const secret = redis?.secret === undefined ? '' : ` --redis-secret ${word(redis.secret)}`
  const where = redis ? `--redis ${word(redis.url)}${secret}` : '--online'
  return `proml materialize ${word(path)} --feature ${features.map(word).join(' ')} ${where}`
}
