import type { ValueType } from '../../data/profile'
import type { Expr, FeaturePlan } from '../../plan/plan'
import type { Attribute, Expression, FeatureDeclaration, Identifier } from '../ast'
import { removal } from '../diagnostics/fixes'
import { constantNumber } from './parameters'
import type { Report } from './report'
import { isNumber, typeName } from './types'
import { asVector } from './vectors'

export interface FeatureAttributes extends Pick<FeaturePlan, 'default' | 'unit' | 'owner' | 'tags' | 'status'> {
  readonly replacement: Identifier | null
}

export const statuses = ['draft', 'reviewed', 'deprecated'] as const
/** Whose windows a feature may have: `like feast`. */
export const systems = ['feast', 'feathr', 'chronon'] as const
export const featureKinds = ['numeric', 'categorical', 'boolean', 'text', 'temporal', 'embedding'] as const

export const checkAttributes = (
  declaration: FeatureDeclaration,
  { type, length }: { readonly type: ValueType; readonly length: number | null },
  { report, file }: { readonly report: Report; readonly file: string },
): FeatureAttributes => {
  const byName = new Map<string, Attribute>()
  for (const attribute of declaration.attributes) {
    const name = attribute.name.text
    if (byName.has(name))
      report.add(file, 'PML1412', attribute.name.span, { attribute: name }, [
        removal('Remove it', report.textOf(file), attribute.span),
      ])
    else byName.set(name, attribute)
  }
  const tell = (attribute: Attribute, expected: string, found: string) =>
    report.add(file, 'PML1411', attribute.value?.span ?? attribute.span, {
      attribute: attribute.name.text,
      expected,
      found,
    })

  const textOf = (name: string): string | null => {
    const attribute = byName.get(name)
    if (!attribute?.value || attribute.value.kind === 'error') return null
    if (attribute.value.kind === 'string') return attribute.value.value
    tell(attribute, 'a text', 'something else')
    return null
  }
  const wordOf = <W extends string>(name: string, words: readonly W[]): W | null => {
    const attribute = byName.get(name)
    if (!attribute?.value || attribute.value.kind === 'error') return null
    const written = attribute.value.kind === 'name' ? attribute.value.name.text : null
    const word = words.find((each) => each === written)
    if (word === undefined) tell(attribute, words.join(', '), written === null ? 'an expression' : `\`${written}\``)
    return word ?? null
  }
  const fallback = byName.get('default')
  let defaultValue: Expr | null = null
  if (fallback?.value && fallback.value.kind !== 'error') {
    const literal = literalOf(fallback.value, type === 'vector' ? 'float' : type)
    // A number stands in every place of a vector.
    if (type !== 'vector') defaultValue = literal
    else if (literal && length !== null) defaultValue = asVector(literal, length)
    if (defaultValue === null && type !== 'unknown') {
      const expected = expectedDefault(type, literal !== null)
      tell(fallback, expected, 'this')
    }
  }
  wordOf('kind', featureKinds)
  wordOf('like', systems)
  const deprecation = byName.get('status')?.value
  const replacement = deprecation?.kind === 'call' ? replacementIn(deprecation) : null
  return {
    default: defaultValue,
    unit: textOf('unit'),
    owner: textOf('owner'),
    tags: byName.get('tags')?.list.map(({ text }) => text) ?? [],
    status: replacement ? 'deprecated' : wordOf('status', statuses),
    replacement,
  }
}

const expectedDefault = (type: ValueType, isLengthMissing: boolean): string => {
  if (type === 'date' || type === 'time') return 'not possible for a time yet'
  if (type !== 'vector') return typeName(type)
  return isLengthMissing ? 'not possible for a vector of unknown length' : 'a number, for every place of the vector'
}

/** `deprecated(other)`: the feature to use instead. */
export const replacementIn = ({ callee, args }: Extract<Expression, { kind: 'call' }>): Identifier | null => {
  const [argument, ...more] = args
  if (callee.text !== 'deprecated' || !argument || argument.name || more.length > 0) return null
  return argument.value.kind === 'name' ? argument.value.name : null
}

const literalOf = (expression: Expression, type: ValueType): Expr | null => {
  const value = constantNumber(expression)
  if (value !== null) {
    const isGood = isNumber(type) && (type === 'float' || Number.isInteger(value))
    return isGood ? { op: 'literal', value, type } : null
  }
  if (expression.kind === 'string' && type === 'string') return { op: 'literal', value: expression.value, type }
  if (expression.kind === 'bool' && type === 'bool') return { op: 'literal', value: expression.value, type }
  return null
}
