import { translate } from '../expressions/translate'
import type { FeaturePiece } from '../proml'
import type { Outcome } from '../report'
import { isSection, type Section, section, textOf, textsOf } from './config'
import { attributesOf, type ImportedFeature } from './importFeatures'

/** The features that a derivation may read, by name. */
export type KnownFeatures = ReadonlyMap<string, FeaturePiece>

const known = new Set(['key', 'inputs', 'definition', 'sqlExpr', 'type', 'default'])

/** What each name of a derivation’s expression stands for, and whether all of it is of one key. */
const inputsOf = (written: Section): Outcome<ReadonlyMap<string, string> | null> => {
  if (written.inputs === undefined) return { value: null }
  const keys = JSON.stringify(textsOf(written.key))
  const inputs = new Map<string, string>()
  for (const [argument, value] of Object.entries(section(written.inputs))) {
    const feature = textOf(section(value).feature)
    if (feature === null) return { reason: `Its input \`${argument}\` names no feature.` }
    if (JSON.stringify(textsOf(section(value).key)) !== keys)
      return { reason: 'It joins features of several keys; here a feature is of one entity.' }
    inputs.set(argument, feature)
  }
  return { value: inputs }
}

/** The feature, or why not, or null while a feature that it reads is not known yet. */
export const importDerivation = (
  name: string,
  value: unknown,
  features: KnownFeatures,
  isComing: (name: string) => boolean,
): Outcome<ImportedFeature> | null => {
  const written = isSection(value) ? value : { definition: value }
  if (written.join !== undefined) return { reason: 'A sequential join has no counterpart.' }
  if (written.class !== undefined) return { reason: 'It is computed by a class of its own.' }
  const inputs = inputsOf(written)
  if ('reason' in inputs) return inputs
  const sql = textOf(written.sqlExpr) ?? textOf(section(written.definition).sqlExpr)
  const text = sql ?? textOf(isSection(written.definition) ? written.definition.mvel : written.definition)
  if (text === null) return { reason: 'It has no definition.' }
  const rename = (argument: string): string => (inputs.value ? (inputs.value.get(argument) ?? argument) : argument)
  const expression = translate(text, sql === null ? 'mvel' : 'sql', rename)
  if ('reason' in expression) return { reason: `\`${text}\` cannot be carried: ${expression.reason}` }

  const reads = expression.value.names.map(rename)
  const missing = reads.find((read) => !features.has(read))
  if (missing !== undefined)
    return isComing(missing) ? null : { reason: `It reads \`${missing}\`, which is not carried.` }
  const entities = new Set(reads.map((read) => features.get(read)?.entity))
  const [entity] = entities
  if (entity === undefined || entities.size > 1) return { reason: 'It does not read features of one and the same key.' }
  const attributes = attributesOf(written, false)
  if ('reason' in attributes) return attributes
  const changed = [
    ...Object.keys(written)
      .filter((field) => !known.has(field))
      .map((field) => `\`${field}\` is not carried.`),
    ...expression.value.remarks,
  ]
  const { type, attributes: list } = attributes.value
  const piece = { name, type, entity, documentation: '', definition: expression.value.text, attributes: list }
  return { value: { piece, changed, warnings: [] } }
}
