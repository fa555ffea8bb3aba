import { aggregates } from './aggregates'
import { algorithms } from './algorithms'
import { combinators } from './combinators'
import { functions } from './functions'
import { isOnSide, type Operator, type OperatorRole, type OperatorSide } from './operator'
import { outputFunctions } from './outputs'
import { transforms } from './transforms'

/** Every operator of the language, once. `mean` stands twice: over rows, and over predictions. */
export const operators: readonly Operator[] = [
  ...functions,
  ...aggregates,
  ...transforms,
  ...algorithms,
  ...combinators,
  ...outputFunctions,
]

const bySide: Readonly<Record<OperatorSide, ReadonlyMap<string, Operator>>> = {
  feature: new Map(operators.filter((each) => isOnSide(each, 'feature')).map((each) => [each.name, each])),
  model: new Map(operators.filter((each) => isOnSide(each, 'model')).map((each) => [each.name, each])),
}

/** The operator of a name: `let` and `output` are the model side, everything else the feature side. */
export const findOperator = (name: string, side: OperatorSide): Operator | null => bySide[side].get(name) ?? null

export const operatorsWith = (role: OperatorRole): readonly Operator[] =>
  operators.filter(({ roles }) => roles.includes(role))

/** Names that may be called on a side: those that are no symbols. */
export const callableNames = (side: OperatorSide): readonly string[] =>
  [...bySide[side].values()].filter(({ isSymbol }) => !isSymbol).map(({ name }) => name)
