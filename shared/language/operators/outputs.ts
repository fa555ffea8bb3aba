import type { Operator } from './operator'

const output = (
  name: string,
  result: 'float' | 'first',
  tasks: Operator['tasks'],
  documentation: string,
): Operator => ({
  name,
  roles: ['output'],
  inputs: [{ name: 'x', type: 'prediction', documentation: 'A prediction.' }],
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
