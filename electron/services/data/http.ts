import type { TableSchema } from '@shared/data/profile'
import type { SourceTarget } from '@shared/data/reference'
import { StudioError } from '@shared/errors'
import { askPlainly } from './download'
import { formatOf, openTable, type Table, type TableTools } from './tables'
import type { WebFiles } from './webFiles'

export interface WebTools extends TableTools {
  readonly files: WebFiles
}

const wrong = (what: string): StudioError =>
  new StudioError('invalid_input', `The address of the source ${what}.`, {
    hint: 'Write it as `http("https://example.org/data/flights.parquet")`.',
  })

/** By the argument, else by the end of the name. */
export const formatSaid = ({ options }: SourceTarget, path: string): TableSchema['format'] => {
  const format = typeof options.format === 'string' ? formatOf(`file.${options.format}`) : formatOf(path)
  if (format) return format
  throw new StudioError('invalid_input', `What \`${path}\` holds does not show in its name.`, {
    hint: 'Say it: `format: "parquet"`, or "csv", "json" or "arrow".',
  })
}

export const webAddress = (text: string): URL => {
  const url = URL.parse(text)
  if (!url) throw wrong('cannot be read')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong('does not begin with `https://` or `http://`')
  if (url.username !== '' || url.password !== '') throw wrong('holds a user name or password')
  url.hash = ''
  return url
}

/** Copies as one table. */
export const tableOfCopies = async (
  tools: TableTools,
  reference: string,
  copies: readonly string[],
): Promise<Table> => {
  const table = await openTable(tools, copies.map(tools.workspace.relative))
  return { ...table, path: reference }
}

/** A file of a web server. */
export const openHttp = async (
  tools: WebTools,
  reference: string,
  target: SourceTarget,
  options: { readonly isFresh: boolean; readonly signal?: AbortSignal },
): Promise<Table> => {
  const url = webAddress(typeof target.options.url === 'string' ? target.options.url : '')
  const format = formatSaid(target, url.pathname)
  const name = `\`${url.host}${url.pathname}\``
  const copy = await tools.files.copyOf({ url, format, ask: askPlainly, name }, options)
  return tableOfCopies(tools, reference, [copy])
}
