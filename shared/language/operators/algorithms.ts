import type { Operator, OperatorParameter } from './operator'

const features = {
  name: 'x',
  type: 'tensor',
  isRepeated: true,
  documentation: 'Numbers, flags and vectors to learn from.',
} as const

const parameter = (
  name: string,
  type: 'int' | 'float',
  value: number,
  bounds: { minimum?: number; maximum?: number },
  documentation: string,
): OperatorParameter => ({ name, type, default: value, canTune: true, documentation, ...bounds })

const algorithm = (
  name: string,
  tasks: NonNullable<Operator['tasks']>,
  documentation: string,
  parameters: readonly OperatorParameter[],
  more: Partial<Pick<Operator, 'takesMissing' | 'lowerings' | 'example'>> = {},
): Operator => ({
  name,
  roles: ['algorithm'],
  inputs: [features],
  parameters,
  result: 'float',
  nulls: 'never',
  width: 1,
  isFitted: true,
  takesMissing: false,
  tasks,
  documentation,
  example: `${name}(distance)`,
  lowerings: ['onnx', 'python'],
  ...more,
})

const positive = { minimum: 0 }
const share = { minimum: 0.01, maximum: 1 }
const l2 = parameter('l2', 'float', 1, positive, 'Strength of the quadratic penalty on the weights.')

/** What learns from a label. The answer is the positive class’s probability, or the value. */
export const algorithms: readonly Operator[] = [
  algorithm('logistic', ['binary'], 'Logistic regression with a quadratic penalty.', [
    l2,
    parameter('iterations', 'int', 500, { minimum: 1, maximum: 100_000 }, 'Most steps of the solver.'),
  ]),
  algorithm('linear', ['regression'], 'Linear regression by least squares.', []),
  algorithm('ridge', ['regression'], 'Linear regression with a quadratic penalty.', [l2]),
  algorithm(
    'boosted_trees',
    ['binary', 'regression'],
    'Gradient boosted decision trees (XGBoost). A missing number goes the way that training found best.',
    [
      parameter('depth', 'int', 6, { minimum: 1, maximum: 16 }, 'Most levels of one tree.'),
      parameter('rate', 'float', 0.1, { minimum: 1e-6, maximum: 1 }, 'How much of each tree’s answer is added.'),
      parameter('rounds', 'int', 200, { minimum: 1, maximum: 10_000 }, 'Number of trees.'),
      parameter('min_weight', 'float', 1, positive, 'Least sum of weights in a leaf.'),
      parameter('subsample', 'float', 1, share, 'Share of the rows that each tree sees.'),
      parameter('columns', 'float', 1, share, 'Share of the columns that each tree sees.'),
      parameter('l1', 'float', 0, positive, 'Strength of the absolute penalty on the leaves.'),
      parameter('l2', 'float', 1, positive, 'Strength of the quadratic penalty on the leaves.'),
    ],
    { takesMissing: true },
  ),
  algorithm(
    'decision_tree',
    ['binary', 'regression'],
    'One decision tree. The name is kept for it; no trainer fits it yet.',
    [
      parameter('depth', 'int', 6, { minimum: 1, maximum: 32 }, 'Most levels of the tree.'),
      parameter('min_rows', 'int', 1, { minimum: 1 }, 'Fewest rows in a leaf.'),
    ],
    { lowerings: [] },
  ),
  algorithm(
    'random_forest',
    ['binary', 'regression'],
    'Many decision trees on samples of the rows. The name is kept for it; no trainer fits it yet.',
    [
      parameter('trees', 'int', 100, { minimum: 1, maximum: 10_000 }, 'Number of trees.'),
      parameter('depth', 'int', 12, { minimum: 1, maximum: 32 }, 'Most levels of one tree.'),
      parameter('min_rows', 'int', 1, { minimum: 1 }, 'Fewest rows in a leaf.'),
    ],
    { lowerings: [] },
  ),
]

const predictions = {
  name: 'x',
  type: 'prediction',
  isRepeated: true,
  documentation: 'Answers of algorithms or of other combinators.',
} as const

export const combinators: readonly Operator[] = [
  {
    name: 'mean',
    roles: ['combinator'],
    inputs: [predictions],
    parameters: [],
    result: 'float',
    nulls: 'never',
    width: 1,
    documentation: 'The mean of several predictions.',
    example: 'mean(lin, gbt)',
    lowerings: ['onnx', 'python'],
  },
  {
    name: 'weighted',
    roles: ['combinator'],
    inputs: [predictions],
    parameters: [
      {
        name: 'weights',
        type: 'numbers',
        default: null,
        isRequired: true,
        minimum: 0,
        documentation: 'One weight a prediction; they are divided by their sum.',
      },
    ],
    result: 'float',
    nulls: 'never',
    width: 1,
    documentation: 'The weighted mean of several predictions.',
    example: 'weighted(lin, gbt, weights: [1, 3])',
    lowerings: ['onnx', 'python'],
  },
]

const prediction = { name: 'x', type: 'prediction', documentation: 'A prediction.' } as const

const output = (
  name: string,
  result: 'float' | 'first',
  tasks: Operator['tasks'],
  documentation: string,
): Operator => ({
  name,
  roles: ['output'],
  inputs: [prediction],
  parameters: [],
  result,
  nulls: 'never',
  width: 1,
  tasks,
  documentation,
  example: `${name}(gbt)`,
  lowerings: ['onnx', 'python'],
})

export const outputFunctions: readonly Operator[] = [
  output('probability', 'float', ['binary'], 'The probability that the label is true, from 0 to 1.'),
  output(
    'class',
    'first',
    ['binary'],
    'The more probable class: 1 where the probability is at least one half, else 0.',
  ),
  output('value', 'float', ['regression'], 'The predicted number.'),
]
