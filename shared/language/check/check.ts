import type { Document } from '../ast'
import type { Diagnostic } from '../diagnostic'
import { parse } from '../syntax/parser'
import { advise } from './advice'
import { collect } from './declared'
import { checkEntity } from './entities'
import { checkFeatures } from './features'
import { checkModel } from './models'
import { createReport } from './report'
import { checkSource, type SchemaAnswer } from './sources'
import type { CheckedModel, NamespaceSymbols } from './symbols'

export type { SchemaAnswer } from './sources'

/** A file to check: its text, or its tree where it was read already. `path` is workspace-relative. */
export type ProgramFile =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly document: Document }

export interface CheckedProgram {
  readonly documents: ReadonlyMap<string, Document>
  /** By file, then by place. */
  readonly diagnostics: readonly Diagnostic[]
  /** Paths of data files whose schemas are wanted: get them and check again. */
  readonly needs: readonly string[]
  /** By namespace; the files without one share the namespace ''. */
  readonly namespaces: ReadonlyMap<string, NamespaceSymbols>
}

/**
 * Checks a whole workspace. Synchronous and pure: what it needs to know of data files it names in `needs`, and it is
 * called again when they are known. Columns of a source that is not known yet are taken for granted meanwhile.
 */
export const checkProgram = (
  files: readonly ProgramFile[],
  schemas: ReadonlyMap<string, SchemaAnswer>,
): CheckedProgram => {
  const documents = new Map(files.map((file) => [file.path, 'document' in file ? file.document : parse(file.text)]))
  const report = createReport(documents)
  const all = collect(documents, report)
  const needs = new Set<string>()
  const namespaces = new Map<string, NamespaceSymbols>()
  for (const [namespace, declared] of all) {
    const context = { report, namespace, schemas, need: (path: string) => void needs.add(path) }
    const sources = mapValues(declared.source, (place) => checkSource(place, context))
    const entities = mapValues(declared.entity, (place) => checkEntity(place, context))
    const features = checkFeatures({ report, namespace, declared, all, sources, entities })
    const models = mapValues(declared.model, (place) =>
      checkModel(place, { report, namespace, all, sources, entities, features }),
    )
    const symbols = { sources, entities, features, models }
    advise(symbols, report)
    namespaces.set(namespace, symbols)
  }
  return { documents, diagnostics: report.all(), needs: [...needs].sort(), namespaces }
}

const mapValues = <T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): Map<string, U> =>
  new Map([...map].map(([key, value]) => [key, change(value)]))

/** Every model of a program, in the order of files and declarations. */
export const modelsOf = (program: CheckedProgram): readonly CheckedModel[] =>
  [...program.namespaces.values()].flatMap(({ models }) => [...models.values()])
