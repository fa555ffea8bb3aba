import type { Operator, OperatorParameter } from './operator'
import { unfittedAlgorithms } from './unfittedAlgorithms'

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
const rate = { minimum: 1e-6, maximum: 1 }
const l2 = parameter('l2', 'float', 1, positive, 'Strength of the quadratic penalty on the weights.')
const iterations = parameter('iterations', 'int', 500, { minimum: 1, maximum: 100_000 }, 'Most steps of the solver.')
const fewest = parameter('min_rows', 'int', 5, { minimum: 1, maximum: 1_000_000 }, 'Fewest rows in a leaf.')

const mixedEffects: Operator = {
  ...algorithm(
    'mixed_effects',
    ['binary', 'regression'],
    'A linear model for all (a fixed effect) with a correction for each group (a random effect), which is drawn towards none where the group has few rows. A group that training never saw is corrected by nothing.',
    [
      parameter('l2', 'float', 1, positive, 'How strongly a group is drawn towards all.'),
      parameter('fixed_l2', 'float', 1, positive, 'Strength of the quadratic penalty on the weights of all.'),
      {
        name: 'effects',
        type: 'string',
        default: 'intercept',
        choices: ['intercept', 'slopes'],
        documentation: 'What a group has of its own: where it starts, or each weight too.',
      },
      {
        name: 'max',
        type: 'int',
        default: 10_000,
        minimum: 1,
        maximum: 1_000_000,
        documentation: 'Keep this many of the most frequent groups.',
      },
    ],
    { example: 'mixed_effects(origin, distance)' },
  ),
  inputs: [{ name: 'group', type: 'category', documentation: 'What tells the groups apart.' }, features],
}

/** What learns from a label. The answer is the positive class’s probability, or the value. */
export const algorithms: readonly Operator[] = [
  algorithm('logistic', ['binary'], 'Logistic regression with a quadratic penalty.', [l2, iterations]),
  algorithm('linear', ['regression'], 'Linear regression by least squares.', []),
  algorithm('ridge', ['regression'], 'Linear regression with a quadratic penalty.', [l2]),
  algorithm('lasso', ['regression'], 'Linear regression with an absolute penalty, which sets weights to zero.', [
    parameter('l1', 'float', 0.01, positive, 'Strength of the absolute penalty on the weights.'),
  ]),
  algorithm('elastic_net', ['regression'], 'Linear regression with an absolute and a quadratic penalty.', [
    parameter('l1', 'float', 0.005, positive, 'Strength of the absolute penalty on the weights.'),
    parameter('l2', 'float', 0.005, positive, 'Strength of the quadratic penalty on the weights.'),
  ]),
  algorithm('poisson', ['regression'], 'Poisson regression of a count: the logarithm of its mean is linear.', [
    parameter('l2', 'float', 0.001, positive, 'Strength of the quadratic penalty on the weights.'),
    iterations,
  ]),
  algorithm('naive_bayes', ['binary'], 'Each column normal within each class, and independent of the others.', [
    parameter(
      'smoothing',
      'float',
      1e-9,
      { minimum: 0, maximum: 1 },
      'Share of the greatest variance that is added to each one.',
    ),
  ]),
  algorithm(
    'mlp',
    ['binary', 'regression'],
    'A neural network of fully connected layers (ReLU, Adam). Standardize its inputs.',
    [
      parameter('layers', 'int', 2, { minimum: 1, maximum: 16 }, 'Number of hidden layers.'),
      parameter('units', 'int', 32, { minimum: 1, maximum: 4096 }, 'Units of each hidden layer.'),
      parameter('rate', 'float', 0.001, rate, 'Size of the first steps.'),
      parameter('l2', 'float', 0.0001, positive, 'Strength of the quadratic penalty on the weights.'),
      parameter('epochs', 'int', 30, { minimum: 1, maximum: 10_000 }, 'Times that every row is seen.'),
      parameter('batch', 'int', 200, { minimum: 1, maximum: 100_000 }, 'Rows of one step.'),
    ],
  ),
  algorithm(
    'boosted_trees',
    ['binary', 'regression'],
    'Gradient boosted decision trees (XGBoost). A missing number goes the way that training found best.',
    [
      parameter('depth', 'int', 6, { minimum: 1, maximum: 16 }, 'Most levels of one tree.'),
      parameter('rate', 'float', 0.1, rate, 'How much of each tree’s answer is added.'),
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
    'One decision tree. A missing number goes the way that training found best.',
    [parameter('depth', 'int', 6, { minimum: 1, maximum: 32 }, 'Most levels of the tree.'), fewest],
    { takesMissing: true },
  ),
  algorithm(
    'random_forest',
    ['binary', 'regression'],
    'The mean of many decision trees, each on a sample of the rows. A missing number goes the way that training found best.',
    [
      parameter('trees', 'int', 100, { minimum: 1, maximum: 10_000 }, 'Number of trees.'),
      parameter('depth', 'int', 10, { minimum: 1, maximum: 32 }, 'Most levels of one tree.'),
      fewest,
      parameter('columns', 'float', 0.3, share, 'Share of the columns that each split chooses from.'),
    ],
    { takesMissing: true },
  ),
  mixedEffects,
  ...unfittedAlgorithms,
]
