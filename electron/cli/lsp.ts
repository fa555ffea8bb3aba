import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ColumnProfile, TableSchema } from '@shared/data/profile'
import { readReference } from '@shared/data/reference'
import type { FeatureSetProvider } from '@shared/language/server/featureSets'
import type { ProgramText } from '@shared/language/server/programs'
import { startLanguageServer } from '@shared/language/server/server'
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node'

export interface StandardIoServer {
  readonly schemaOf: (path: string) => Promise<TableSchema>
  readonly featureSet?: FeatureSetProvider
  /** What hovers tell of columns; without it they tell types alone. */
  readonly profileOf?: (path: string, column: string) => Promise<ColumnProfile>
  /** Absolute path of the workspace. */
  readonly root: string
  readonly input?: NodeJS.ReadableStream
  readonly output?: NodeJS.WritableStream
}

/**
 * `proml lsp`: the language server for any editor, on standard input and output. Nothing else may write to standard
 * output. Resolves when the client has said `exit` or has gone.
 */
export function runLanguageServer({
  schemaOf,
  featureSet,
  profileOf,
  root,
  input,
  output,
}: StandardIoServer): Promise<void> {
  const from = input ?? process.stdin
  const connection = createConnection(
    ProposedFeatures.all,
    new StreamMessageReader(from),
    new StreamMessageWriter(output ?? process.stdout),
  )
  const folder = pathToFileURL(root).href
  return new Promise((resolve) => {
    connection.onExit(() => resolve())
    from.once('close', () => resolve())
    from.once('end', () => resolve())
    startLanguageServer(connection, {
      schemaOf,
      featureSet,
      statistics: profileOf && { stampOf: (path) => stampOf(join(root, readReference(path)?.path ?? path)), profileOf },
      programs: () => programsOf(root),
      rootUri: folder.endsWith('/') ? folder : `${folder}/`,
    })
  })
}

/** A glob has no stamp of its own: its profiles hold as long as the server runs. */
const stampOf = async (path: string): Promise<string> => {
  const { mtimeMs, size } = await stat(path).catch(() => ({ mtimeMs: 0, size: 0 }))
  return `${mtimeMs} ${size}`
}

/** Hidden folders and installed packages hold no programs of the workspace. */
const passedOver = (name: string): boolean => name.startsWith('.') || name === 'node_modules'

async function programsOf(root: string, folder = root): Promise<ProgramText[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found = entries
    .filter(({ name }) => !passedOver(name))
    .map(async (entry): Promise<ProgramText[]> => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return programsOf(root, path)
      if (!entry.isFile() || !entry.name.endsWith('.proml')) return []
      // A file that cannot be read must not hide the others.
      const text = await readFile(path, 'utf8').catch(() => null)
      return text === null ? [] : [{ path: relative(root, path).split(sep).join('/'), text }]
    })
  return (await Promise.all(found)).flat()
}
