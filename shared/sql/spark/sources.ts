import { StudioError } from '../../errors'
import type { SourcePlan } from '../../plan/plan'
import { sparkName, sparkText } from './quote'

/** How a text file of columns is written; where nothing is said, as most are. */
export interface SparkDialect {
  readonly delimiter: string
  readonly hasHeader: boolean
}

export interface SparkSource {
  /** What stands after `from`. */
  readonly table: string
  /** The statement that makes it; null where it is there as it is. */
  readonly view: string | null
}

const isGlob = (path: string): boolean => /[*?[]/.test(path)

/** The folder below which a glob’s folders `name=value` are columns. */
const baseOf = (path: string): string => {
  const parts = path.split('/')
  const fixed = parts.slice(0, parts.findIndex(isGlob))
  return fixed.join('/') || (path.startsWith('/') ? '/' : '.')
}

const optionsOf = (options: Readonly<Record<string, string>>): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${sparkText(value)}`)
    .join(', ')

/** Every value as text, which the statement then reads by its type: what cannot be read fails, and is never null. */
const asTexts = (source: SourcePlan): string => source.columns.map(({ name }) => `${sparkName(name)} string`).join(', ')

const viewOf = (
  source: SourcePlan,
  format: string,
  schema: string,
  options: Readonly<Record<string, string>>,
): SparkSource => {
  const table = sparkName(`proml_${source.name}`)
  const columns = schema === '' ? '' : ` (${schema})`
  return {
    table,
    view: `create or replace temporary view ${table}${columns} using ${format} options (${optionsOf(options)})`,
  }
}

const fileSource = (source: SourcePlan, kind: string, path: string, dialect: SparkDialect): SparkSource => {
  switch (kind) {
    case 'parquet':
      return isGlob(path)
        ? viewOf(source, 'parquet', '', { path, basePath: baseOf(path) })
        : { table: `parquet.${sparkName(path)}`, view: null }
    case 'csv':
      return viewOf(source, 'csv', asTexts(source), {
        ...{ path, header: String(dialect.hasHeader), sep: dialect.delimiter, quote: '"', escape: '"' },
        // The names of the first line must be those of the program, and a value may hold line ends.
        ...{ enforceSchema: 'false', multiLine: 'true', mode: 'FAILFAST', emptyValue: '', encoding: 'UTF-8' },
      })
    case 'json':
      return viewOf(source, 'json', asTexts(source), { path, mode: 'FAILFAST' })
    default:
      return refuse(source)
  }
}

const refuse = (source: SourcePlan): never => {
  throw new StudioError(
    'not_supported',
    `\`${source.name}\` is a source of kind \`${source.kind}\`, which Spark does not read by its path.`,
    { hint: 'Save its data as Parquet, and let the source read that; or compute the training set on this machine.' },
  )
}

const endings: Readonly<Record<string, string>> = {
  parquet: 'parquet',
  pq: 'parquet',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  ndjson: 'json',
  jsonl: 'json',
}

const addressed = (source: SourcePlan, dialect: SparkDialect): SparkSource => {
  const { url, format } = source.options
  if (typeof url !== 'string') return refuse(source)
  const kind = typeof format === 'string' ? format : endings[/\.(\w+)$/.exec(url)?.[1]?.toLowerCase() ?? '']
  // Hadoop’s own client of S3; its credentials are the cluster’s.
  return fileSource(source, kind ?? '', url.replace(/^s3:/, 's3a:'), dialect)
}

/** How Spark reads a source. Paths are as the program has them: relative to where Spark runs. */
export const sparkSource = (
  source: SourcePlan,
  dialect: SparkDialect = { delimiter: ',', hasHeader: true },
): SparkSource => {
  switch (source.kind) {
    case 's3':
    case 'hdfs':
      return addressed(source, dialect)
    case 'spark_table': {
      const { name } = source.options
      if (typeof name !== 'string') return refuse(source)
      return { table: name.split('.').map(sparkName).join('.'), view: null }
    }
    default:
      return fileSource(source, source.kind, source.path, dialect)
  }
}
