import type { ValueType } from '../../data/profile'
import type { ParamValue } from '../../plan/plan'

/**
 * row: over the columns of one row, on the feature side. aggregate: over many rows, on the feature side.
 * transform, algorithm, combinator: over tensors, on the model side. output: what leaves the model.
 */
export type OperatorRole = 'row' | 'aggregate' | 'transform' | 'algorithm' | 'combinator' | 'output'

/** Feature side: `feature`, `use`, `observe`, `predict`. Model side: `let`, `output`. */
export type OperatorSide = 'feature' | 'model'

export type Lowering = 'duckdb' | 'spark' | 'onnx' | 'python'

/**
 * Which types an input takes. number: int or float, and on the model side a vector. moment: time or date. category:
 * string, int or bool. tensor: what an algorithm learns from, a number, a vector or a bool. prediction: an
 * algorithm's answer. value: any, and on the feature side a vector too, which is handed on whole.
 */
export type TypeClass =
  | 'any'
  | 'value'
  | 'number'
  | 'bool'
  | 'string'
  | 'time'
  | 'moment'
  | 'category'
  | 'tensor'
  | 'prediction'

export interface OperatorInput {
  readonly name: string
  readonly type: TypeClass
  readonly documentation: string
  /** May stand any number of times, at least once. Only the last input. */
  readonly isRepeated?: boolean
  readonly isOptional?: boolean
}

export interface OperatorParameter {
  readonly name: string
  readonly type: 'int' | 'float' | 'string' | 'duration' | 'numbers'
  /** What an absent one is; null where it is then left out, or must be written (`isRequired`). */
  readonly default: ParamValue | null
  readonly isRequired?: boolean
  readonly documentation: string
  readonly choices?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  /** May be `tune(…)`. */
  readonly canTune?: boolean
  /** A text that may stand without its name before the inputs: `onnx("models/m.onnx", x)`. */
  readonly isLeading?: boolean
}

/**
 * The type of the answer. numeric: int where all inputs are, else float. first: as the first input. common: the type
 * that all inputs share (for `if`: all but the condition).
 */
export type ResultRule = ValueType | 'numeric' | 'first' | 'common'

/** When the answer may be null. propagate: where an input may. all: where every input may. */
export type NullRule = 'propagate' | 'always' | 'never' | 'all'

export interface Operator {
  readonly name: string
  readonly roles: readonly OperatorRole[]
  /** Written between or before its inputs, not as a call. */
  readonly isSymbol?: boolean
  readonly inputs: readonly OperatorInput[]
  readonly parameters: readonly OperatorParameter[]
  readonly result: ResultRule
  readonly nulls: NullRule
  /**
   * Width of the tensor: as wide as the widest input, a number, or null where training decides. reduced: 1, of inputs
   * that are as wide as each other.
   */
  readonly width: 'widest' | 'sum' | 'twice' | 'reduced' | 1 | null
  /** Learns from the training split. */
  readonly isFitted?: boolean
  /** For algorithms: whether a missing number may reach it. */
  readonly takesMissing?: boolean
  /** For algorithms, and for combinators that not every prediction suits: what it can predict. */
  readonly tasks?: readonly ('binary' | 'regression' | 'multiclass')[]
  /** One or two sentences. */
  readonly documentation: string
  /** A whole expression over the sample's columns that checks clean where the operator may stand. */
  readonly example: string
  /** What there is to run it; empty: the name is reserved and nothing runs it yet. */
  readonly lowerings: readonly Lowering[]
  /** For a name that nothing runs yet: what may stand there for now. */
  readonly instead?: readonly string[]
}

/** The end of the documentation of a name that is kept. */
export const unfitted = 'No trainer fits it yet.'

/** Parameters that stand before the inputs. */
export const leadingParameters = (operator: Operator): readonly OperatorParameter[] =>
  operator.parameters.filter(({ isLeading }) => isLeading)

const sides: Readonly<Record<OperatorRole, OperatorSide>> = {
  row: 'feature',
  aggregate: 'feature',
  transform: 'model',
  algorithm: 'model',
  combinator: 'model',
  output: 'model',
}

export const isOnSide = (operator: Operator, side: OperatorSide): boolean =>
  operator.roles.some((role) => sides[role] === side)

/** `cyclic(x: number, period: float)`: for hovers, signature help and the reference. */
export const signatureOf = (operator: Operator): string => {
  const inputs = operator.inputs.map(
    ({ name, type, isRepeated, isOptional }) => `${name}${isOptional ? '?' : ''}: ${type}${isRepeated ? '…' : ''}`,
  )
  if (operator.isSymbol)
    return inputs.length === 1 ? `${operator.name} ${inputs[0]}` : `${inputs[0]} ${operator.name} ${inputs[1]}`
  const written = ({ name, type, default: value, choices }: OperatorParameter) => {
    const kind = choices ? choices.map((choice) => `"${choice}"`).join(' | ') : type
    return value === null ? `${name}: ${kind}` : `${name}: ${kind} = ${JSON.stringify(value)}`
  }
  const leading = leadingParameters(operator).map(written)
  const following = operator.parameters.filter(({ isLeading }) => !isLeading).map(written)
  return `${operator.name}(${[...leading, ...inputs, ...following].join(', ')})`
}
