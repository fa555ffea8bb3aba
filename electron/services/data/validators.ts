import type { Response } from 'undici'

/** What a server said of a file when it gave it, as far as it can tell later whether that has changed. */
export interface Validators {
  readonly etag: string | null
  readonly lastModified: string | null
  /** Bytes of the file as the server keeps it; null where it was sent in another coding. */
  readonly length: number | null
}

/** A time of whole seconds says of a file that was younger than this only what it was at some moment in them. */
const youngMs = 2_000

/** nginx makes a file’s tag of its time in seconds and its length: it tells no more than they do. */
const isTagOfTime = (etag: string, modifiedMs: number): boolean => {
  const seconds = /^(?:W\/)?"([0-9a-f]+)-[0-9a-f]+"$/i.exec(etag)?.[1]
  return seconds !== undefined && Number.parseInt(seconds, 16) * 1000 === modifiedMs
}

/** Without those by which a change within the same second would pass unseen (RFC 9110, 8.8.2.2). */
export const validatorsOf = ({ headers }: Response): Omit<Validators, 'length'> => {
  const [etag, lastModified] = [headers.get('etag'), headers.get('last-modified')]
  const modified = Date.parse(lastModified ?? '')
  // By the server’s own clock; no answer is older than one of no date.
  const given = Date.parse(headers.get('date') ?? '') || Date.now()
  if (Number.isNaN(modified) || given - modified >= youngMs) return { etag, lastModified }
  return { etag: etag !== null && isTagOfTime(etag, modified) ? null : etag, lastModified: null }
}

export const isAsStored = ({ headers }: Response): boolean => !headers.has('content-encoding')

/** How long the file is by an answer that does not bring it; null where it does not say. */
export const lengthSaid = (answer: Response): number | null => {
  const text = answer.headers.get('content-length') ?? ''
  return isAsStored(answer) && /^\d+$/.test(text) ? Number(text) : null
}

/** What is sent along, so that a file that is here is not sent again. */
export const conditionOf = (known: Validators | null): Record<string, string> => {
  if (known?.etag) return { 'if-none-match': known.etag }
  return known?.lastModified ? { 'if-modified-since': known.lastModified } : {}
}
