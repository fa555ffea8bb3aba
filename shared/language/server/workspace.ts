import { TextDocument } from 'vscode-languageserver-textdocument'
import { type CheckedProgram, checkProgram, type FeatureSetAnswer, type SchemaAnswer } from '../check/check'
import { namespaceOf } from '../check/declared'
import { createMemory, type Memory } from '../check/memory'
import type { Diagnostic } from '../diagnostic'
import { type Analysis, analysisOf, factsOf, lazily, type NamespaceFacts, type ReadFile } from './analysis'
import type { FeatureSetCache } from './featureSets'
import type { ProgramShelf } from './programs'
import type { SchemaCache } from './schemas'

/** Every file of the workspace at one moment. Checked once for all of them, whichever is asked about. */
export interface Snapshot {
  readonly files: readonly ReadFile[]
  readonly analyses: () => readonly Analysis[]
  readonly analysis: (file: string) => Analysis | null
  readonly namespaces: () => ReadonlyMap<string, NamespaceFacts>
  /** Paths of data files whose columns are wanted and not known. */
  readonly needs: readonly string[]
  /** Feature sets that are wanted and not known. */
  readonly wants: readonly string[]
  /** What reading and checking took, without waiting for files. */
  readonly elapsedMs: number
}

export interface Workspace {
  /** By what is known now; columns still on their way only make it say less. */
  readonly now: () => Snapshot
  readonly at: (uri: string) => Analysis | null
  /**
   * For answers that keep up with typing: the text as it is now, and of the rest what the last check knew, where the next one is still
   * due. Says nothing of problems then.
   */
  readonly typed: (uri: string) => Analysis | null
  readonly pathOf: (uri: string) => string
  readonly uriOf: (path: string) => string
}

export interface WorkspaceParts {
  readonly open: () => readonly TextDocument[]
  readonly programs: ProgramShelf
  readonly schemas: SchemaCache
  readonly featureSets: FeatureSetCache
  /** With a slash at its end; empty where the client named no folder. */
  readonly rootUri: () => string
}

export function openWorkspace({ open, programs, schemas, featureSets, rootUri }: WorkspaceParts): Workspace {
  const onDisk = new Map<string, TextDocument>()
  const memory = createMemory()
  let kept: { readonly stamp: string; readonly snapshot: Snapshot } | null = null

  const pathOf = (uri: string): string => {
    const decoded = decode(uri)
    const root = decode(rootUri())
    return root !== '' && decoded.startsWith(root) ? decoded.slice(root.length) : decoded.replace(/^\w+:\/+/, '')
  }
  const uriOf = (path: string): string =>
    `${rootUri() || 'file:///'}${path.split('/').map(encodeURIComponent).join('/')}`

  const unopened = (path: string, text: string): TextDocument => {
    const known = onDisk.get(path)
    if (known?.getText() === text) return known
    const made = TextDocument.create(uriOf(path), 'proml', 0, text)
    onDisk.set(path, made)
    return made
  }
  const readFiles = (): ReadFile[] => {
    const read = (file: string, text: TextDocument, isOpen: boolean): ReadFile => ({
      file,
      uri: text.uri,
      text,
      document: programs.parsed(file, text.getText()),
      isOpen,
    })
    const files = new Map(
      programs.onDisk().map(({ path, text }) => [path, { text: unopened(path, text), isOpen: false }]),
    )
    for (const text of open()) files.set(pathOf(text.uri), { text, isOpen: true })
    const inOrder = [...files].sort(([a], [b]) => (a < b ? -1 : 1))
    return inOrder.map(([file, { text, isOpen }]) => read(file, text, isOpen))
  }
  // A document that is closed and opened again begins with the same version, and may hold another text.
  const openings = new WeakMap<TextDocument, number>()
  let opened = 0
  const openingOf = (text: TextDocument): number => {
    const known = openings.get(text)
    if (known !== undefined) return known
    openings.set(text, ++opened)
    return opened
  }
  const stampNow = (): string => {
    const versions = open().map((text) => `${text.uri} ${openingOf(text)} ${text.version}`)
    return [...versions, schemas.revision(), featureSets.revision(), programs.revision(), rootUri()].join()
  }
  const now = (): Snapshot => {
    const stamp = stampNow()
    if (kept?.stamp !== stamp) {
      const started = performance.now()
      const files = readFiles()
      kept = { stamp, snapshot: snapshotOf(files, schemas.known, featureSets.known, memory, started) }
    }
    return kept.snapshot
  }
  const typed = (uri: string): Analysis | null => {
    const path = pathOf(uri)
    const text = open().find((one) => pathOf(one.uri) === path)
    if (!kept || !text || kept.stamp === stampNow()) return now().analysis(path)
    const document = programs.parsed(path, text.getText())
    const file: ReadFile = { file: path, uri: text.uri, text, document, isOpen: true }
    const namespace = namespaceOf(document)
    const facts = kept.snapshot.namespaces().get(namespace) ?? factsOf(namespace, null)
    return analysisOf(file, facts, [...kept.snapshot.files.filter((other) => other.file !== path), file], [])
  }
  return {
    now,
    at: (uri) => now().analysis(pathOf(uri)),
    typed,
    pathOf,
    uriOf,
  }
}

function snapshotOf(
  files: readonly ReadFile[],
  schemas: ReadonlyMap<string, SchemaAnswer>,
  featureSets: ReadonlyMap<string, FeatureSetAnswer>,
  memory: Memory,
  started: number,
): Snapshot {
  const program = checkProgram(
    files.map(({ file, document }) => ({ path: file, document })),
    schemas,
    featureSets,
    memory,
  )
  const elapsedMs = performance.now() - started
  const diagnostics = lazily(() => Map.groupBy(program.diagnostics, ({ file }) => file))
  const facts = lazily(() => namespaceFacts(program))
  const byPath = new Map(files.map((file) => [file.file, file]))
  const made = new Map<string, Analysis>()

  const analyse = (file: ReadFile): Analysis => {
    const known = made.get(file.file)
    if (known) return known
    const name = namespaceOf(file.document)
    const found: readonly Diagnostic[] = diagnostics().get(file.file) ?? []
    const analysis = analysisOf(file, facts().get(name) ?? factsOf(name, null), files, found)
    made.set(file.file, analysis)
    return analysis
  }
  return {
    files,
    analyses: () => files.map(analyse),
    analysis: (path) => {
      const file = byPath.get(path)
      return file ? analyse(file) : null
    },
    namespaces: facts,
    needs: program.needs,
    wants: program.wants,
    elapsedMs,
  }
}

const namespaceFacts = (program: CheckedProgram): ReadonlyMap<string, NamespaceFacts> =>
  new Map([...program.namespaces].map(([name, symbols]) => [name, factsOf(name, symbols)]))

const decode = (uri: string): string => {
  try {
    return decodeURIComponent(uri)
  } catch {
    return uri
  }
}
