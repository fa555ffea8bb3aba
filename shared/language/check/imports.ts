import type { Document, Import } from '../ast'
import type { Fix } from '../diagnostic'
import { nearest } from '../nearest'
import { type Declared, namespaceOf } from './declared'
import { type FeatureSetAnswer, isFeatureSet } from './featureSets'
import { removal } from './importEdits'
import { insidePath } from './readers'
import { type Report, replacements, written } from './report'

export interface ImportContext {
  readonly documents: ReadonlyMap<string, Document>
  readonly setOf: ReadonlyMap<string, string>
  readonly featureSets: ReadonlyMap<string, FeatureSetAnswer>
  readonly namespaces: ReadonlyMap<string, Declared>
  readonly report: Report
}

interface Importing {
  readonly file: string
  readonly here: Declared
  readonly statement: Import
  readonly from: NonNullable<Import['from']>
}

const importable = ['source', 'entity', 'feature'] as const
type Importable = (typeof importable)[number]

/** Brings what the files import to their namespaces. */
export const resolveImports = (context: ImportContext): void => {
  const { documents, setOf, namespaces } = context
  for (const [file, document] of documents) {
    const here = namespaces.get(setOf.get(file) ?? namespaceOf(document))
    for (const statement of document.imports)
      if (here && statement.from) resolveImport({ file, here, statement, from: statement.from }, context)
  }
}

const resolveImport = (importing: Importing, context: ImportContext): void => {
  const { file, here, statement, from } = importing
  const { report } = context
  const there = isFeatureSet(from.text) ? setMeant(importing, context) : fileMeant(importing, context)
  if (!there) return
  for (const imported of statement.names) {
    const { name, alias } = imported
    const kind = importable.find((one) => there.declares(one, name.text))
    if (!kind) {
      const known = importable.flatMap((one) =>
        [...there.namespace[one].keys()].filter((each) => there.declares(one, each)),
      )
      const near = nearest(name.text, known)
      const words = { name: name.text, nearest: near, from: from.text }
      report.add(file, 'PML1112', name.span, words, replacements(name.span, near.map(written)))
      continue
    }
    if (there.namespace === here) {
      report.add(file, 'PML2112', name.span, { name: name.text, namespace: here.name }, [removal(imported, statement)])
      continue
    }
    const local = alias ?? name
    const taken = here[kind].get(local.text)?.file ?? here.imports.get(local.text)?.file
    if (taken !== undefined) report.add(file, 'PML1107', local.span, { kind, name: local.text, other: taken })
    else {
      const namespace = there.namespace.name
      here.imports.set(local.text, { file, kind, namespace, name: name.text, imported, statement })
    }
  }
}

interface Meant {
  readonly namespace: Declared
  readonly declares: (kind: Importable, name: string) => boolean
}

/** A file of the workspace: what it declares, not what others of its namespace do. */
const fileMeant = (
  { file, from }: Importing,
  { documents, setOf, namespaces, report }: ImportContext,
): Meant | null => {
  const path = insidePath(from.text)
  const other = path === null || setOf.has(file) ? undefined : documents.get(path)
  const namespace = other && namespaces.get(namespaceOf(other))
  if (namespace) return { namespace, declares: (kind, name) => namespace[kind].get(name)?.file === path }
  const near = nearest(
    from.text,
    [...documents.keys()].filter((each) => !setOf.has(each)),
  )
  const fixes = near.map(
    (one): Fix => ({ title: `Change to \`${one}\``, edits: [{ span: from.span, text: `"${one}"` }] }),
  )
  report.add(file, 'PML1113', from.span, { from: from.text, nearest: near, reason: null }, fixes)
  return null
}

const setMeant = (
  { file, here, statement, from }: Importing,
  { featureSets, namespaces, report }: ImportContext,
): Meant | null => {
  const answer = featureSets.get(from.text)
  const namespace = namespaces.get(from.text)
  if (answer && !('failed' in answer) && namespace)
    return { namespace, declares: (kind, name) => namespace[kind].has(name) }
  for (const { name, alias } of statement.names) here.pending.add((alias ?? name).text)
  if (answer && 'failed' in answer)
    report.add(file, 'PML1113', from.span, { from: from.text, nearest: [], reason: answer.failed })
  return null
}
