import type { Connection, DocumentDiagnosticReport, WorkspaceDocumentDiagnosticReport } from 'vscode-languageserver'
import type { Analysis } from './analysis'
import type { FeatureSetCache } from './featureSets'
import type { ProgramShelf } from './programs'
import { type CheckedParams, checkedNotification } from './protocol'
import type { SchemaCache } from './schemas'
import { within } from './statistics'
import { protocolDiagnostic } from './text'
import type { Snapshot, Workspace } from './workspace'

/** How the client hears of problems. studio: as the checker made them; push: published; pull: it asks. */
export type DiagnosticsMode = 'studio' | 'push' | 'pull'

export interface Checks {
  /** Checks once for all changes that come close together. */
  readonly soon: () => void
  readonly closed: (uri: string) => void
  readonly reportOf: (uri: string, previous: string | undefined) => Promise<DocumentDiagnosticReport>
  readonly reports: (
    previous: readonly { readonly uri: string; readonly value: string }[],
  ) => Promise<WorkspaceDocumentDiagnosticReport[]>
}

export interface ChecksParts {
  readonly connection: Connection
  readonly workspace: Workspace
  readonly programs: ProgramShelf
  readonly schemas: SchemaCache
  readonly featureSets: FeatureSetCache
  readonly mode: () => DiagnosticsMode
  /** Whether the client can be told to ask again. */
  readonly canRefresh: () => boolean
}

/** Messages that are on their way already belong to the same check. */
const gatherMs = 4
/** A data file that takes longer is waited for without holding up what is known. */
const schemaPatienceMs = 300

export function startChecks(parts: ChecksParts): Checks {
  const { connection, workspace, programs, schemas, featureSets } = parts
  const told = new Map<string, string>()
  const reports = reportBook()
  let isDue = false
  let isRunning = false
  let lastRevision = ''

  /** Until all files and the columns they need are read, or for as long as a person may be kept waiting. */
  const ready = async (): Promise<Snapshot> => {
    await programs.load()
    // Reading one file’s columns may show that another is wanted, and what a feature set reads only the set shows.
    for (let round = 0; round < 4; round++) {
      const { needs, wants } = workspace.now()
      if (needs.length === 0 && wants.length === 0) break
      const loading = Promise.all([schemas.load(needs), featureSets.load(wants)]).then((read) => read.includes(true))
      const inTime = await within(schemaPatienceMs, loading)
      if (inTime === null) loading.then(soon).catch(() => {})
      if (inTime !== true) break
    }
    return workspace.now()
  }

  const run = async (): Promise<void> => {
    while (isDue) {
      await turn(gatherMs)
      // An answer that was made meanwhile is written one turn later: it goes out before a check that may take long.
      await turn(0)
      isDue = false
      const snapshot = await ready()
      if (parts.mode() === 'pull') await refresh()
      else await tell(snapshot)
    }
  }
  const soon = (): void => {
    isDue = true
    if (isRunning) return
    isRunning = true
    run()
      .catch(tellFault)
      .finally(() => {
        isRunning = false
        if (isDue) soon()
      })
  }

  const tellFault = (error: unknown): void => {
    try {
      connection.console.error(`The check failed: ${String(error)}`)
    } catch {
      // The client is gone: nobody is left to be told.
    }
  }

  const refresh = async (): Promise<void> => {
    const revision = `${schemas.revision()} ${featureSets.revision()} ${programs.revision()}`
    // What is typed the client asks about by itself; what comes from files it cannot know of.
    if (revision === lastRevision) return
    lastRevision = revision
    if (parts.canRefresh()) await connection.languages.diagnostics.refresh()
  }

  const tell = async (snapshot: Snapshot): Promise<void> => {
    const shapes = new Map<string, string>()
    const shapeOf = ({ namespace }: Analysis): string => {
      const shape = shapes.get(namespace.name) ?? [...namespace.types].join()
      shapes.set(namespace.name, shape)
      return shape
    }
    for (const analysis of snapshot.analyses()) {
      const { uri, isOpen, text, diagnostics } = analysis
      const isStudio = parts.mode() === 'studio'
      // The studio draws types too, which a change in another file may change.
      const state = `${isOpen ? text.version : ''} ${JSON.stringify(diagnostics)} ${isStudio && isOpen ? shapeOf(analysis) : ''}`
      if (told.get(uri) === state || (!told.has(uri) && !isOpen && diagnostics.length === 0)) continue
      told.set(uri, state)
      await send(analysis, snapshot.elapsedMs)
    }
    for (const uri of told.keys())
      if (!snapshot.analysis(workspace.pathOf(uri))) {
        told.delete(uri)
        await sendNone(uri)
      }
  }

  const send = async ({ uri, isOpen, text, diagnostics }: Analysis, elapsedMs: number): Promise<void> => {
    if (parts.mode() === 'studio') {
      const checked: CheckedParams = { uri, version: isOpen ? text.version : null, diagnostics, elapsedMs }
      await connection.sendNotification(checkedNotification, checked)
    } else
      await connection.sendDiagnostics({
        uri,
        version: isOpen ? text.version : undefined,
        diagnostics: diagnostics.map((diagnostic) => protocolDiagnostic(text, diagnostic)),
      })
  }
  const sendNone = async (uri: string): Promise<void> => {
    const nothing: CheckedParams = { uri, version: null, diagnostics: [], elapsedMs: 0 }
    if (parts.mode() === 'studio') await connection.sendNotification(checkedNotification, nothing)
    else await connection.sendDiagnostics({ uri, diagnostics: [] })
  }

  return {
    soon,
    // The editor forgets what it was told with the document: it is told anew, of the file on disk.
    closed: (uri) => {
      if (told.delete(uri)) sendNone(uri).catch(() => {})
    },
    reportOf: async (uri, previous) => {
      await ready()
      const analysis = workspace.at(uri)
      return analysis ? reports(analysis, previous) : { kind: 'full', items: [] }
    },
    reports: async (previous) => {
      const snapshot = await ready()
      const before = new Map(previous.map(({ uri, value }) => [uri, value]))
      const found = snapshot.analyses().map((analysis): WorkspaceDocumentDiagnosticReport => {
        const { uri, isOpen, text } = analysis
        return { uri, version: isOpen ? text.version : null, ...reports(analysis, before.get(uri)) }
      })
      const gone = previous.filter(({ uri }) => !snapshot.analysis(workspace.pathOf(uri)))
      return [...found, ...gone.map(({ uri }) => ({ uri, version: null, kind: 'full' as const, items: [] }))]
    },
  }
}

const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Reports with ids that change only with what they say. */
function reportBook(): (analysis: Analysis, previous: string | undefined) => DocumentDiagnosticReport {
  const book = new Map<string, { readonly said: string; readonly resultId: string }>()
  let next = 1
  return ({ uri, text, diagnostics }, previous) => {
    const items = diagnostics.map((diagnostic) => protocolDiagnostic(text, diagnostic))
    const said = JSON.stringify(items)
    const known = book.get(uri)
    const entry = known?.said === said ? known : { said, resultId: String(next++) }
    book.set(uri, entry)
    return entry.resultId === previous
      ? { kind: 'unchanged', resultId: entry.resultId }
      : { kind: 'full', resultId: entry.resultId, items }
  }
}
