import { csvEncodings } from '../../data/csv'

/** What stands in the parentheses of a reader. `path`: inside the workspace. `secret`: a text, or `secret("name")`. */
export interface ReaderArgument {
  readonly name: string
  readonly type: 'path' | 'text' | 'secret'
  readonly isRequired?: boolean
  readonly choices?: readonly string[]
  readonly documentation: string
}

/** Where rows come from. */
export interface Reader {
  readonly name: string
  readonly arguments: readonly ReaderArgument[]
  /** Whether this version reads it. What it does not read is checked by its `schema` clause. */
  readonly isRead: boolean
  readonly documentation: string
  readonly example: string
}

const path = (documentation: string): ReaderArgument => ({
  name: 'path',
  type: 'path',
  isRequired: true,
  documentation,
})
const url: ReaderArgument = {
  name: 'url',
  type: 'text',
  isRequired: true,
  documentation: 'Address of the file, or a glob where the store can list.',
}
const format: ReaderArgument = {
  name: 'format',
  type: 'text',
  choices: ['parquet', 'csv', 'json', 'arrow'],
  documentation: 'What kind of file it is; absent: as its name ends.',
}
const table: ReaderArgument = { name: 'table', type: 'text', isRequired: true, documentation: 'Name of the table.' }

const file = (name: string, documentation: string, ending: string): Reader => ({
  name,
  arguments: [path('Path of the file, or a glob.')],
  isRead: true,
  documentation,
  example: `${name}("data/flights.${ending}")`,
})

const later = (name: string, args: readonly ReaderArgument[], documentation: string, example: string): Reader => ({
  name,
  arguments: args,
  isRead: false,
  documentation,
  example,
})

/** Every reader of the language. A path that leaves the workspace is refused. */
export const readers: readonly Reader[] = [
  file('parquet', 'Parquet files.', 'parquet'),
  {
    ...file('csv', 'Text files with one row a line and columns apart by a sign.', 'csv'),
    arguments: [
      path('Path of the file, or a glob.'),
      {
        name: 'bad_rows',
        type: 'text',
        choices: ['refuse', 'skip'],
        documentation: 'Lines that are no rows: refuse the file (so where it is absent), or read it without them.',
      },
      {
        name: 'encoding',
        type: 'text',
        choices: csvEncodings,
        documentation: 'How the text is encoded; absent: UTF-8, or UTF-16 where its first bytes say so.',
      },
      { name: 'delimiter', type: 'text', documentation: 'The sign between columns; absent: it is found out.' },
      {
        name: 'decimal',
        type: 'text',
        choices: ['.', ','],
        documentation: 'The sign before decimals; absent: a point, and `1,5` is a text.',
      },
    ],
  },
  file('json', 'Text files with one JSON object a line.', 'ndjson'),
  file('arrow', 'Arrow IPC files, Feather among them.', 'arrow'),
  {
    name: 'sqlite',
    arguments: [path('Path of the database.'), { ...table, documentation: 'Name of the table or view.' }],
    isRead: true,
    documentation: 'A table or view of a SQLite database.',
    example: 'sqlite("data/shop.db", table: "orders")',
  },
  {
    name: 'postgres',
    arguments: [
      {
        name: 'url',
        type: 'secret',
        isRequired: true,
        documentation: 'Address of the database; with a password in it, a secret.',
      },
      { ...table, documentation: 'Name of the table or view, with its schema.' },
    ],
    isRead: true,
    documentation: 'A table or view of a PostgreSQL database.',
    example: 'postgres(secret("shop"), table: "public.orders")',
  },
  {
    name: 'http',
    arguments: [{ ...url, documentation: 'Address of the file.' }, format],
    isRead: true,
    documentation: 'A file of a web server.',
    example: 'http("https://example.org/flights.parquet")',
  },
  {
    name: 's3',
    arguments: [
      url,
      format,
      { name: 'credentials', type: 'secret', documentation: 'Key and secret key of the store; absent: none.' },
    ],
    isRead: true,
    documentation: 'Files of an S3-compatible object store.',
    example: 's3("s3://lake/flights/*.parquet", credentials: secret("lake"))',
  },
  later('hdfs', [url, format], 'Files of Hadoop, over WebHDFS.', 'hdfs("hdfs://namenode:9870/flights/*.parquet")'),
  later(
    'kafka',
    [
      { name: 'topic', type: 'text', isRequired: true, documentation: 'Name of the topic.' },
      { name: 'servers', type: 'text', isRequired: true, documentation: 'Bootstrap servers, apart by commas.' },
    ],
    'A stream of JSON messages.',
    'kafka("clicks", servers: "localhost:9092")',
  ),
  later(
    'spark_table',
    [{ name: 'name', type: 'text', isRequired: true, documentation: 'Name of the table in Spark’s catalogue.' }],
    'A table of the Spark cluster that trains.',
    'spark_table("warehouse.flights")',
  ),
  {
    name: 'notebook',
    arguments: [
      { name: 'name', type: 'text', isRequired: true, documentation: 'Name of the variable.' },
      { name: 'path', type: 'path', documentation: 'Path of the notebook; absent: the newest copy from any.' },
    ],
    isRead: true,
    documentation: 'A dataframe of a kernel, as it was when it was last opened as a table.',
    example: 'notebook("df", path: "explore.ipynb")',
  },
]

export const findReader = (name: string): Reader | null => readers.find((reader) => reader.name === name) ?? null

/** `sqlite(path, table: text)`: for hovers and messages. */
export const readerSignature = ({ name, arguments: args }: Reader): string => {
  const shown = args.map((argument, index) => {
    const type = argument.choices ? argument.choices.map((choice) => `"${choice}"`).join(' | ') : argument.type
    return `${index === 0 ? '' : `${argument.name}${argument.isRequired ? '' : '?'}: `}${index === 0 ? argument.name : type}`
  })
  return `${name}(${shown.join(', ')})`
}
