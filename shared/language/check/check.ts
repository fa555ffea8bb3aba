import type { Document, Identifier } from '../ast'
import type { Diagnostic } from '../diagnostic'
import { nearest } from '../nearest'
import { parse } from '../syntax/parser'
import { advise } from './advice'
import { systems } from './attributes'
import { collect, type Declared, type ImportedPlace } from './declared'
import { recallEntity } from './entities'
import { type FeatureSetAnswer, isFeatureSet, withFeatureSets } from './featureSets'
import { checkFeatures } from './features'
import { resolveImports } from './imports'
import { type Memory, noMemory } from './memory'
import { recallModel } from './models'
import { createReport, type Report, replacements } from './report'
import { recallSource, type SchemaAnswer } from './sources'
import type { CheckedModel, NamespaceSymbols } from './symbols'

export type { FeatureSetAnswer } from './featureSets'
export type { SchemaAnswer } from './sources'

/** A file to check: its text, or its tree where it was read already. `path` is workspace-relative. */
export type ProgramFile =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly document: Document }

export interface CheckedProgram {
  readonly documents: ReadonlyMap<string, Document>
  /** By file, then by place. */
  readonly diagnostics: readonly Diagnostic[]
  /** References of data whose schemas are wanted (a file’s is its path): get them and check again. */
  readonly needs: readonly string[]
  /** Feature sets that are wanted: get them and check again. */
  readonly wants: readonly string[]
  /** By namespace; the files without one share the namespace ''. */
  readonly namespaces: ReadonlyMap<string, NamespaceSymbols>
}

/**
 * Checks a whole workspace. Synchronous and pure: what it needs to know of data files it names in `needs`, and it is
 * called again when they are known. Columns of a source that is not known yet are taken for granted meanwhile. With a
 * memory, what did not change since the last time is not checked again.
 */
export const checkProgram = (
  files: readonly ProgramFile[],
  schemas: ReadonlyMap<string, SchemaAnswer>,
  featureSets: ReadonlyMap<string, FeatureSetAnswer> = new Map(),
  memory: Memory = noMemory,
): CheckedProgram => {
  const read = new Map(files.map((file) => [file.path, 'document' in file ? file.document : parse(file.text)]))
  const { documents, setOf, wants } = withFeatureSets(read, featureSets)
  const report = createReport(documents)
  const all = collect(documents, setOf, report)
  resolveImports({ documents, setOf, featureSets, namespaces: all, report })
  const needs = new Set<string>()
  const need = (path: string): void => void needs.add(path)
  const likeOf = likeReader(documents, report)
  const own = mapValues(all, (declared, namespace) => ({
    sources: mapValues(declared.source, (place) => recallSource(place, { report, namespace, schemas, need, memory })),
    entities: mapValues(declared.entity, (place) => recallEntity(place, { report, namespace, memory })),
  }))
  const sources = mapValues(all, ({ imports }) => importedOf(imports, 'source', (space) => own.get(space)?.sources))
  const entities = mapValues(all, ({ imports }) => importedOf(imports, 'entity', (space) => own.get(space)?.entities))
  const contexts = mapValues(all, (declared, namespace) => ({
    report,
    namespace,
    declared,
    all,
    likeOf,
    memory,
    sources: joined(own.get(namespace)?.sources, sources.get(namespace)),
    entities: joined(own.get(namespace)?.entities, entities.get(namespace)),
  }))
  const features = checkFeatures(contexts)
  const namespaces = mapValues(contexts, (context, namespace): NamespaceSymbols => {
    const { declared } = context
    const mine = features.get(namespace) ?? new Map()
    const foreign = importedOf(declared.imports, 'feature', (space) => features.get(space))
    const models = mapValues(declared.model, (place) =>
      recallModel(place, { ...context, features: joined(mine, foreign) }),
    )
    return {
      sources: own.get(namespace)?.sources ?? new Map(),
      entities: own.get(namespace)?.entities ?? new Map(),
      features: mine,
      models,
      imported: {
        sources: sources.get(namespace) ?? new Map(),
        entities: entities.get(namespace) ?? new Map(),
        features: foreign,
      },
    }
  })
  const wantedElsewhere = new Set([...all.values()].flatMap(({ imports }) => [...imports.values()].map(wantedKey)))
  for (const [namespace, symbols] of namespaces)
    if (!isFeatureSet(namespace))
      advise(symbols, {
        report,
        memory,
        imports: all.get(namespace)?.imports ?? new Map(),
        isWantedElsewhere: (kind, name) => wantedElsewhere.has(wantedKey({ namespace, kind, name })),
      })
  tellBrokenSets(read, setOf, report)
  const diagnostics = setOf.size === 0 ? report.all() : report.all().filter(({ file }) => !setOf.has(file))
  return { documents, diagnostics, needs: [...needs].sort(), wants, namespaces }
}

/** Nobody can mend a published file here: where it does not check, the import says so. */
const tellBrokenSets = (
  own: ReadonlyMap<string, Document>,
  setOf: ReadonlyMap<string, string>,
  report: Report,
): void => {
  if (setOf.size === 0) return
  const broken = new Map<string, string>()
  for (const { file, severity, message } of report.all()) {
    const set = setOf.get(file)
    if (set !== undefined && severity === 'error' && !broken.has(set)) broken.set(set, message)
  }
  for (const [file, { imports }] of own)
    for (const { from } of imports) {
      const problem = from ? broken.get(from.text) : undefined
      if (from && problem !== undefined) report.add(file, 'PML1114', from.span, { from: from.text, problem })
    }
}

const wantedKey = ({ namespace, kind, name }: Pick<ImportedPlace, 'namespace' | 'kind' | 'name'>): string =>
  `${namespace}\0${kind}\0${name}`

/** What a file’s `namespace … like` says, told once where it names no system. */
const likeReader = (documents: ReadonlyMap<string, Document>, report: Report) => {
  for (const [file, { like }] of documents)
    if (like && !systems.some((system) => system === like.text))
      report.add(
        file,
        'PML1522',
        like.span,
        { word: like.text, what: 'system whose windows are known', known: systems },
        replacements(like.span, nearest(like.text, systems)),
      )
  return (file: string): Identifier | null => documents.get(file)?.like ?? null
}

/** Those imports of one kind that are there, by the name that they have here. */
const importedOf = <T>(
  imports: Declared['imports'],
  kind: ImportedPlace['kind'],
  of: (namespace: string) => ReadonlyMap<string, T> | undefined,
): ReadonlyMap<string, T> => {
  const found = new Map<string, T>()
  for (const [local, place] of imports) {
    const value = place.kind === kind ? of(place.namespace)?.get(place.name) : undefined
    if (value !== undefined) found.set(local, value)
  }
  return found
}

const joined = <T>(
  own: ReadonlyMap<string, T> = new Map(),
  imported: ReadonlyMap<string, T> = new Map(),
): ReadonlyMap<string, T> => (imported.size === 0 ? own : new Map([...imported, ...own]))

const mapValues = <T, U>(map: ReadonlyMap<string, T>, change: (value: T, key: string) => U): Map<string, U> =>
  new Map([...map].map(([key, value]) => [key, change(value, key)]))

/** Every model of a program, in the order of files and declarations. */
export const modelsOf = (program: CheckedProgram): readonly CheckedModel[] =>
  [...program.namespaces.values()].flatMap(({ models }) => [...models.values()])
