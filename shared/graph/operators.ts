import type { Argument } from '../language/ast'
import { leadingParameters, type Operator, type OperatorParameter } from '../language/operators/operator'
import { findOperator, operatorsWith } from '../language/operators/table'

/** The operator’s parameter that an argument sets, by its name or, after the inputs, by its place; null for an input. */
export function parameterOf(operator: Operator | null, argument: Argument, index: number): OperatorParameter | null {
  if (!operator) return null
  if (argument.name) return operator.parameters.find((parameter) => parameter.name === argument.name?.text) ?? null
  const leading = leadingParameters(operator)
  if (argument.value.kind === 'string' && leading[index]) return leading[index]
  if (operator.inputs.some((input) => input.isRepeated)) return null
  return operator.parameters.filter(({ isLeading }) => !isLeading)[index - operator.inputs.length] ?? null
}

/** Aggregates that can stand where this one does, with the same arguments. */
export function replaceableAggregates(name: string, args: readonly Argument[]): readonly string[] {
  const aggregate = findOperator(name, 'feature')
  const input = aggregate?.inputs[0]
  if (!aggregate?.roles.includes('aggregate') || args.length !== 1 || !input) return []
  return operatorsWith('aggregate')
    .filter((other) => {
      const first = other.inputs[0]
      const isSameInput = first?.type === input.type || first?.type === 'any'
      return isSameInput && other.lowerings.length > 0 && !other.parameters.some((parameter) => parameter.isRequired)
    })
    .map((other) => other.name)
}
