import type { OnnxGraph, OnnxNode, OnnxTensor } from './model'
import { shown } from './names'

const product = (values: readonly (bigint | null)[]): number =>
  values.reduce<number>((total, value) => total * (value === null || value < 0n ? 1 : Number(value)), 1)

/** Position of the input that is a shape or a count of repeats, by operator. */
const shapeInput: Readonly<Record<string, number>> = {
  ConstantOfShape: 0,
  Expand: 1,
  Tile: 1,
  Pad: 1,
  Resize: 3,
  OneHot: 1,
}

const sizeFromShape = (operator: string, values: readonly bigint[]): number =>
  operator === 'Pad'
    ? values.reduce<number>((total, value) => total + Math.abs(Number(value)), 0)
    : values.reduce<number>((total, value) => total * Math.max(1, Math.abs(Number(value))), 1)

/**
 * Values whose size the file itself blows up: static shapes, `Expand` and its like with a constant shape, and chains of
 * `Concat` that double a value again and again. An upper estimate of the elements of one row, in graph order.
 */
export const shapeFaults = (graph: OnnxGraph, limit: number): string[] => {
  const faults: string[] = []
  for (const value of [...graph.inputs, ...graph.outputs, ...graph.values]) {
    if (product(value.dims) > limit)
      faults.push(`${shown(value.name)} has a shape of ${product(value.dims).toLocaleString('en')} values.`)
  }
  const constants = new Map<string, OnnxTensor>()
  const sizes = new Map<string, number>()
  for (const tensor of graph.initializers) {
    constants.set(tensor.name, tensor)
    sizes.set(tensor.name, product(tensor.dims))
  }
  for (const value of graph.inputs) {
    if (!sizes.has(value.name)) sizes.set(value.name, Math.max(1, product(value.dims)))
  }
  for (const node of graph.nodes) {
    const constant = node.operator === 'Constant' ? node.attributes.get('value')?.tensors[0] : undefined
    const output = node.outputs[0]
    if (constant && output !== undefined) constants.set(output, constant)
    const size = constant ? product(constant.dims) : sizeOf(node, sizes, constants)
    if (size > limit) {
      faults.push(`Operator ${shown(node.operator)} would make a value of ${size.toLocaleString('en')} elements.`)
      return faults
    }
    for (const name of node.outputs) sizes.set(name, size)
  }
  return faults
}

const sizeOf = (
  node: OnnxNode,
  sizes: ReadonlyMap<string, number>,
  constants: ReadonlyMap<string, OnnxTensor>,
): number => {
  const inputs = node.inputs.map((name) => sizes.get(name) ?? 1)
  const largest = inputs.reduce((a, b) => Math.max(a, b), 1)
  const at = shapeInput[node.operator]
  if (at !== undefined) {
    const shape = constants.get(node.inputs[at] ?? '')?.smallIntegers
    const made = shape ? sizeFromShape(node.operator, shape) : 1
    return node.operator === 'ConstantOfShape' || node.operator === 'Expand'
      ? Math.max(made, largest)
      : node.operator === 'Pad'
        ? made + largest
        : made * (inputs[0] ?? 1)
  }
  if (node.operator === 'Concat' || node.operator === 'FeatureVectorizer') return inputs.reduce((a, b) => a + b, 0)
  return largest
}
