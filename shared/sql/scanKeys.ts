import { columnAlias, compileOver } from './columns'
import type { Scan } from './scan'

/** A scan without keys has a constant one, so that all of its SQL reads alike. */
export const keyNames = (scan: Scan): string[] =>
  scan.keys.length === 0 ? ['k0'] : scan.keys.map((_, index) => `k${index}`)

export const keyColumns = ({ source, keys }: Scan): string[] =>
  keys.length === 0 ? ['0 as k0'] : keys.map((key, index) => `s.${columnAlias(source, key)} as k${index}`)

/** Joins a relation by key values; `0` stands for the key of a scan without keys. */
export const keyCondition = (expressions: readonly string[], relation: string): string =>
  (expressions.length === 0 ? ['0'] : expressions).map((sql, index) => `${sql} = ${relation}.k${index}`).join(' and ')

/** Which of the source’s rows `s` a scan counts. */
export const rowCondition = ({ source, keys, filter }: Scan): string =>
  [
    ...keys.map((key) => `s.${columnAlias(source, key)} is not null`),
    ...(filter ? [compileOver(filter, source, 's')] : []),
    'true',
  ].join(' and ')
