import { encodings } from './encodings'
import type { Operator } from './operator'

const scale = (name: string, documentation: string): Operator => ({
  name,
  roles: ['transform'],
  inputs: [{ name: 'x', type: 'number', documentation: 'The value.' }],
  parameters: [],
  result: 'float',
  nulls: 'propagate',
  width: 'widest',
  isFitted: true,
  documentation,
  example: `${name}(distance)`,
  lowerings: ['onnx', 'python'],
})

const pair = (name: string, documentation: string): Operator => ({
  name,
  roles: ['transform'],
  inputs: [
    { name: 'x', type: 'number', documentation: 'A vector.' },
    { name: 'y', type: 'number', documentation: 'Another, as wide.' },
  ],
  parameters: [],
  result: 'float',
  nulls: 'propagate',
  width: 'reduced',
  documentation,
  example: `${name}(cyclic(distance, 24), cyclic(distance, 12))`,
  lowerings: ['onnx'],
})

/** Transforms that only the model side has. Those that learn, learn from the training split alone. */
export const transforms: readonly Operator[] = [
  scale('standardize', 'Minus the mean, divided by the standard deviation of the training split.'),
  scale('min_max', 'From 0 at the least to 1 at the greatest value of the training split.'),
  scale('robust_scale', 'Minus the median, divided by the interquartile range of the training split.'),
  {
    ...scale(
      'quantile_transform',
      'Where the value stands among those of the training split: from 0 to 1, or as a normal distribution has it.',
    ),
    example: 'quantile_transform(distance, output: "normal")',
    parameters: [
      {
        name: 'output',
        type: 'string',
        default: 'uniform',
        choices: ['uniform', 'normal'],
        documentation: 'The distribution that comes out.',
      },
      {
        name: 'quantiles',
        type: 'int',
        default: 1000,
        minimum: 2,
        maximum: 10_000,
        documentation: 'Number of places to know the distribution by; between them it is a straight line.',
      },
    ],
  },
  {
    ...scale('bucketize', 'The number of the bucket that the value falls into, counted from 0.'),
    width: 1,
    example: 'bucketize(distance, buckets: 10)',
    parameters: [
      {
        name: 'buckets',
        type: 'int',
        default: 10,
        minimum: 2,
        maximum: 1000,
        documentation: 'Number of buckets of equal count in the training split.',
      },
      {
        name: 'edges',
        type: 'numbers',
        default: null,
        documentation: 'Fixed inner edges instead, ascending: `[0, 15, 60]`.',
      },
    ],
  },
  ...encodings,
  {
    name: 'impute',
    roles: ['transform'],
    inputs: [{ name: 'x', type: 'any', documentation: 'A value that may be missing.' }],
    parameters: [
      {
        name: 'strategy',
        type: 'string',
        default: 'median',
        choices: ['mean', 'median', 'most_frequent'],
        documentation: 'What of the training split stands in for a missing number.',
      },
      { name: 'value', type: 'float', default: null, documentation: 'A fixed number instead.' },
    ],
    result: 'first',
    nulls: 'never',
    width: 'widest',
    isFitted: true,
    documentation: 'The value, or what the training split says where it is missing.',
    example: 'impute(distance, strategy: "mean")',
    lowerings: ['onnx', 'python'],
  },
  {
    name: 'cyclic',
    roles: ['transform'],
    inputs: [{ name: 'x', type: 'number', documentation: 'A position in a cycle.' }],
    parameters: [
      {
        name: 'period',
        type: 'float',
        default: null,
        isRequired: true,
        minimum: Number.MIN_VALUE,
        documentation: 'Length of the cycle: 24 for hours, 7 for weekdays.',
      },
    ],
    result: 'vector',
    nulls: 'propagate',
    width: 'twice',
    documentation: 'Sine and cosine of the position, so that the end of a cycle lies beside its start.',
    example: 'cyclic(distance, 24)',
    lowerings: ['onnx'],
  },
  {
    name: 'concat',
    roles: ['transform'],
    inputs: [{ name: 'x', type: 'tensor', isRepeated: true, documentation: 'Numbers, flags or vectors.' }],
    parameters: [],
    result: 'vector',
    nulls: 'propagate',
    width: 'sum',
    documentation: 'All inputs side by side in one vector.',
    example: 'concat(distance, distance)',
    lowerings: ['onnx'],
  },
  {
    name: 'l2_normalize',
    roles: ['transform'],
    inputs: [{ name: 'x', type: 'number', documentation: 'A vector.' }],
    parameters: [],
    result: 'float',
    nulls: 'propagate',
    width: 'widest',
    documentation: 'The vector scaled to length 1. One of zeros stays as it is.',
    example: 'l2_normalize(concat(distance, distance))',
    lowerings: ['onnx'],
  },
  pair('dot', 'The sum of the products of two vectors, column by column.'),
  pair('cosine', 'The cosine of the angle between two vectors, from −1 to 1. With a vector of zeros it is 0.'),
]
