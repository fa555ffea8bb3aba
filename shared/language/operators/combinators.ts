import type { Operator, OperatorParameter } from './operator'

const prediction = { type: 'prediction', documentation: 'An answer of an algorithm or of another combinator.' } as const

const combinator = (
  name: string,
  documentation: string,
  example: string,
  more: Partial<Pick<Operator, 'inputs' | 'parameters' | 'isFitted' | 'tasks'>> = {},
): Operator => ({
  name,
  roles: ['combinator'],
  inputs: [{ ...prediction, name: 'x', isRepeated: true }],
  parameters: [],
  result: 'float',
  nulls: 'never',
  width: 1,
  documentation,
  example,
  lowerings: ['onnx', 'python'],
  ...more,
})

const weights: OperatorParameter = {
  name: 'weights',
  type: 'numbers',
  default: null,
  isRequired: true,
  minimum: 0,
  documentation: 'One weight a prediction; they are divided by their sum.',
}

/** What brings predictions together. Those that learn, learn from the validation split, which no algorithm has seen. */
export const combinators: readonly Operator[] = [
  combinator('mean', 'The mean of several predictions.', 'mean(lin, gbt)'),
  combinator('weighted', 'The weighted mean of several predictions.', 'weighted(lin, gbt, weights: [1, 3])', {
    parameters: [weights],
  }),
  combinator(
    'stack',
    'Weighs predictions as the validation split teaches it: by logistic regression of their log-odds, or by ridge regression of their values. What is measured on the validation split is then a little too kind; the test split stays unseen.',
    'stack(lin, gbt)',
    {
      isFitted: true,
      parameters: [
        {
          name: 'l2',
          type: 'float',
          default: 1,
          minimum: 0,
          canTune: true,
          documentation: 'Strength of the quadratic penalty on the weights.',
        },
      ],
    },
  ),
  combinator(
    'calibrate',
    'Bends probabilities to the frequencies of the validation split: a logistic curve of their log-odds (Platt). What is measured on the validation split is then a little too kind; the test split stays unseen.',
    'calibrate(gbt)',
    { isFitted: true, tasks: ['binary'], inputs: [{ ...prediction, name: 'x' }] },
  ),
  combinator(
    'cascade',
    'The first prediction where it is sure enough of yes or no, else the second.',
    'cascade(lin, gbt, threshold: 0.9)',
    {
      tasks: ['binary'],
      inputs: [
        { ...prediction, name: 'first' },
        { ...prediction, name: 'second' },
      ],
      parameters: [
        {
          name: 'threshold',
          type: 'float',
          default: 0.9,
          minimum: 0.5,
          maximum: 1,
          canTune: true,
          documentation: 'Least probability of yes, or of no, at which the first one decides.',
        },
      ],
    },
  ),
]
