import type {
  Attribute,
  Declaration,
  Document,
  EntityDeclaration,
  Expression,
  FeatureDeclaration,
  SourceDeclaration,
} from '../language/ast'
import type { Outcome } from './report'

/** A program that is exported, with what other files of its namespace declare. */
export interface ExportProgram {
  /** Relative to the workspace. */
  readonly path: string
  readonly document: Document
  /** Every program of the workspace. */
  readonly others: readonly { readonly path: string; readonly document: Document }[]
}

/** Features of the program, and the sources and entities that they name, wherever those are declared. */
export interface Definitions {
  readonly features: readonly FeatureDeclaration[]
  readonly models: readonly string[]
  readonly sources: ReadonlyMap<string, SourceDeclaration>
  readonly entities: ReadonlyMap<string, EntityDeclaration>
  /** `namespace … like feathr` */
  readonly like: string | null
}

export const definitionsOf = ({ document, others }: ExportProgram): Definitions => {
  const sources = new Map<string, SourceDeclaration>()
  const entities = new Map<string, EntityDeclaration>()
  const add = (declaration: Declaration, name = declaration.name.text): void => {
    if (declaration.kind === 'source' && !sources.has(name)) sources.set(name, declaration)
    if (declaration.kind === 'entity' && !entities.has(name)) entities.set(name, declaration)
  }
  const namespaceOf = ({ namespace }: Document): string => namespace?.text ?? ''
  for (const declaration of document.declarations) add(declaration)
  for (const { document: other } of others)
    if (namespaceOf(other) === namespaceOf(document)) for (const declaration of other.declarations) add(declaration)
  for (const { names, from } of document.imports) {
    const imported = others.find(({ path }) => path === from?.text)?.document.declarations ?? []
    for (const { name, alias } of names)
      for (const declaration of imported)
        if (declaration.name.text === name.text) add(declaration, (alias ?? name).text)
  }
  return {
    features: document.declarations.filter((declaration) => declaration.kind === 'feature'),
    models: document.declarations.filter(({ kind }) => kind === 'model').map(({ name }) => name.text),
    sources: ofProgram(document, sources, ({ definition }) => definition?.from?.text),
    entities: ofProgram(document, entities, ({ entity }) => entity?.text),
    like: document.like?.text ?? null,
  }
}

/** Only what the program itself declares or reads: the rest of the workspace is not part of it. */
const ofProgram = <T extends SourceDeclaration | EntityDeclaration>(
  { declarations }: Document,
  declared: ReadonlyMap<string, T>,
  read: (feature: FeatureDeclaration) => string | undefined,
): ReadonlyMap<string, T> => {
  const names = declarations.map((declaration) =>
    declaration.kind === 'feature' ? read(declaration) : declaration.name.text,
  )
  return new Map([...declared].filter(([name]) => names.includes(name)))
}

/** Whose windows a feature has: its own `like`, else that of its file; null for the language’s own. */
export const systemOf = (feature: FeatureDeclaration, { like }: Pick<Definitions, 'like'>): string | null =>
  attributeText(feature, 'like') ?? like

export const attributeOf = (feature: FeatureDeclaration, name: string): Attribute | null =>
  feature.attributes.find((attribute) => attribute.name.text === name) ?? null

export const attributeText = (feature: FeatureDeclaration, name: string): string | null => {
  const value = attributeOf(feature, name)?.value
  if (value?.kind === 'string') return value.value
  // `deprecated(other)` as a status
  if (value?.kind === 'call') return value.callee.text
  return value?.kind === 'name' ? value.name.text : null
}

/** A number (also below zero), text or flag that stands in the program. */
export const literalOf = (expression: Expression | null | undefined): number | string | boolean | null => {
  switch (expression?.kind) {
    case 'number':
    case 'string':
    case 'bool':
      return expression.value
    case 'unary': {
      const value = expression.operator === '-' ? literalOf(expression.operand) : null
      return typeof value === 'number' ? -value : null
    }
    default:
      return null
  }
}

/** How an import writes a folder of Parquet files; other systems name the folder. */
const wholeFolder = /\/\*\*\/\*\.parquet$/

/** Reader and path of a source that is one file or a pattern of files in the workspace. */
export const fileOf = (source: SourceDeclaration): Outcome<{ readonly reader: string; readonly path: string }> => {
  const [argument] = source.args
  const reader = source.reader?.text ?? ''
  if (!['parquet', 'csv', 'json', 'arrow'].includes(reader) || source.args.length !== 1)
    return { reason: `A \`${reader}\` source is not a file of the workspace.` }
  return argument?.value.kind === 'string'
    ? { value: { reader, path: argument.value.value.replace(wholeFolder, '') } }
    : { reason: 'It names no file.' }
}
