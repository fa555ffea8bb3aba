import type {
  Attribute,
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
  readonly others: readonly Document[]
}

/** Features of the program, and the sources and entities that they name, wherever those are declared. */
export interface Definitions {
  readonly features: readonly FeatureDeclaration[]
  readonly models: readonly string[]
  readonly sources: ReadonlyMap<string, SourceDeclaration>
  readonly entities: ReadonlyMap<string, EntityDeclaration>
}

export const definitionsOf = ({ document, others }: ExportProgram): Definitions => {
  const sources = new Map<string, SourceDeclaration>()
  const entities = new Map<string, EntityDeclaration>()
  const namespace = document.namespace?.text ?? ''
  const visible = [document, ...others.filter((other) => (other.namespace?.text ?? '') === namespace)]
  for (const declaration of visible.flatMap(({ declarations }) => declarations)) {
    const name = declaration.name.text
    if (declaration.kind === 'source' && !sources.has(name)) sources.set(name, declaration)
    if (declaration.kind === 'entity' && !entities.has(name)) entities.set(name, declaration)
  }
  const { declarations } = document
  return {
    features: declarations.filter((declaration) => declaration.kind === 'feature'),
    models: declarations.filter(({ kind }) => kind === 'model').map(({ name }) => name.text),
    sources,
    entities,
  }
}

export const attributeOf = (feature: FeatureDeclaration, name: string): Attribute | null =>
  feature.attributes.find((attribute) => attribute.name.text === name) ?? null

export const attributeText = (feature: FeatureDeclaration, name: string): string | null => {
  const value = attributeOf(feature, name)?.value
  if (value?.kind === 'string') return value.value
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
