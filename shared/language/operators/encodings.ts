import { type Operator, type OperatorParameter, unfitted } from './operator'

const most = (fallback: number | null, documentation: string): OperatorParameter => ({
  name: 'max',
  type: 'int',
  default: fallback,
  minimum: 1,
  maximum: 10_000,
  documentation,
})

const category = { name: 'x', type: 'category', documentation: 'A text, a whole number or a flag.' } as const

/** Transforms that make numbers of categories and texts. */
export const encodings: readonly Operator[] = [
  {
    name: 'one_hot',
    roles: ['transform'],
    inputs: [category],
    parameters: [most(100, 'Keep this many of the most frequent values; every other one is all zeros.')],
    result: 'vector',
    nulls: 'never',
    width: null,
    isFitted: true,
    documentation: 'One column for each of the most frequent values of the training split, 1 where it is that value.',
    example: 'one_hot(origin, max: 50)',
    lowerings: ['onnx', 'python'],
  },
  {
    name: 'ordinal',
    roles: ['transform'],
    inputs: [category],
    parameters: [most(1000, 'Keep this many of the most frequent values.')],
    result: 'float',
    nulls: 'never',
    width: 1,
    isFitted: true,
    documentation: 'A number for each value of the training split, in the values’ own order; −1 for one never seen.',
    example: 'ordinal(origin)',
    lowerings: ['onnx', 'python'],
  },
  {
    name: 'target_encode',
    roles: ['transform'],
    inputs: [category],
    parameters: [
      {
        name: 'smooth',
        type: 'float',
        default: 20,
        minimum: 0,
        canTune: true,
        documentation: 'So many rows of the mean over all are added to each value’s own.',
      },
      most(10_000, 'Keep this many of the most frequent values.'),
    ],
    result: 'float',
    nulls: 'never',
    width: 1,
    isFitted: true,
    documentation:
      'The mean of the label over the rows of the training split that have this value; over all of them for a value that is rare, new or missing. The training rows are encoded as those that are served, their own label within it, which is why the mean is smoothed.',
    example: 'target_encode(origin, smooth: 20)',
    lowerings: ['onnx', 'python'],
  },
  {
    name: 'cross',
    roles: ['transform'],
    inputs: [{ ...category, isRepeated: true }],
    parameters: [],
    result: 'string',
    nulls: 'propagate',
    width: 1,
    documentation:
      'Two or more categories as one, for `one_hot`, `ordinal` or `target_encode`. Missing where one of them is.',
    example: 'one_hot(cross(origin, destination), max: 100)',
    lowerings: ['onnx'],
  },
  {
    name: 'tfidf',
    roles: ['transform'],
    inputs: [{ name: 'x', type: 'string', documentation: 'A text.' }],
    parameters: [
      most(1000, 'Keep this many of the most frequent words.'),
      {
        name: 'min_rows',
        type: 'int',
        default: 1,
        minimum: 1,
        documentation: 'Leave out words that fewer rows have.',
      },
    ],
    result: 'vector',
    nulls: 'never',
    width: null,
    isFitted: true,
    documentation:
      'One column a word: how often the text has it, times how rare it is among the rows of the training split, the row scaled to length 1. Words are what stands between spaces; small and capital letters are the same, except in a mixture such as `bOx` that training never saw. All zeros where no word is known.',
    example: 'tfidf(origin, max: 200)',
    lowerings: ['onnx', 'python'],
  },
  {
    name: 'embed',
    roles: ['transform'],
    inputs: [category],
    parameters: [
      {
        name: 'width',
        type: 'int',
        default: 16,
        minimum: 1,
        maximum: 4096,
        documentation: 'Number of columns.',
      },
    ],
    result: 'vector',
    nulls: 'never',
    width: null,
    isFitted: true,
    documentation: `A vector for each value, learnt together with the algorithm that reads it. ${unfitted}`,
    example: 'embed(origin, width: 8)',
    lowerings: [],
    instead: ['one_hot', 'target_encode'],
  },
]
