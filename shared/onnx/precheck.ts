import { defaultLimits, type PrecheckLimits, type Refusal } from './limits'
import { functionKey, type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxTensor, readModel } from './model'
import { shown } from './names'
import { shapeFaults } from './shapes'
import { treeFault, treeOperators } from './trees'
import { MalformedModel } from './wire'

/** Bits of one element by `TensorProto.DataType`; types that are absent hold no raw data that we could measure. */
const bitsOfType: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
  27: 6,
  28: 6,
}
const stringType = 8

const normalDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain)

const tensorFault = (tensor: OnnxTensor, limits: PrecheckLimits): Refusal | null => {
  const name = shown(tensor.name)
  if (tensor.isExternal)
    return { rule: 'external-data', message: `Tensor ${name} keeps its values in another file; a model must be whole.` }
  let elements = 1
  for (const dim of tensor.dims) {
    if (dim < 0n) return { rule: 'tensor-data', message: `Tensor ${name} has a negative dimension.` }
    elements *= Number(dim)
  }
  if (elements > limits.elements)
    return { rule: 'shape', message: `Tensor ${name} claims ${elements.toLocaleString('en')} values.` }
  if (tensor.rawBytes) {
    const bits = bitsOfType[tensor.dataType]
    if (bits === undefined || tensor.rawBytes.length !== Math.ceil((elements * bits) / 8))
      return { rule: 'tensor-data', message: `Tensor ${name} holds more or fewer bytes than its shape says.` }
    return null
  }
  // Two numbers a value for complex types, several values a number for those below 8 bits: not worth telling apart here.
  const isPlain = tensor.dataType === stringType || (bitsOfType[tensor.dataType] ?? 0) >= 8
  const perElement = tensor.dataType === 14 || tensor.dataType === 15 ? 2 : 1
  if (isPlain && tensor.typedElements !== elements * perElement)
    return { rule: 'tensor-data', message: `Tensor ${name} holds more or fewer values than its shape says.` }
  return null
}

/** Visits every node, subgraphs included, with the graph’s own tensors. Depth is bounded by the reader. */
const visit = (
  nodes: readonly OnnxNode[],
  onNode: (node: OnnxNode) => void,
  onGraph: (graph: OnnxGraph) => void,
): void => {
  for (const node of nodes) {
    onNode(node)
    for (const attribute of node.attributes.values()) {
      for (const graph of attribute.graphs) {
        onGraph(graph)
        visit(graph.nodes, onNode, onGraph)
      }
    }
  }
}

/** Nodes after expansion of a model’s local functions, with the DAG’s products; a reason where it cannot be told. */
const expansionFault = (model: OnnxModel, graph: OnnxGraph, limits: PrecheckLimits): string | null => {
  const functions = new Map(model.functions.map((one) => [one.key, one]))
  if (functions.size < model.functions.length) return 'two functions have one name'
  const sizes = new Map<string, number>()
  const open = new Set<string>()
  let fault: string | null = null
  const sizeOf = (nodes: readonly OnnxNode[], depth: number): number => {
    let total = 0
    visit(
      nodes,
      (node) => {
        const key = functionKey(node.domain, node.operator, node.overload)
        const callee = functions.get(key)
        if (!callee || fault) {
          total += 1
          return
        }
        if (open.has(key)) {
          fault = `function ${shown(callee.name)} calls itself`
          return
        }
        if (depth >= limits.functionDepth) {
          fault = `functions call each other more than ${limits.functionDepth} deep`
          return
        }
        let size = sizes.get(key)
        if (size === undefined) {
          open.add(key)
          size = sizeOf(callee.nodes, depth + 1)
          open.delete(key)
          sizes.set(key, size)
        }
        total += size
      },
      () => {},
    )
    return total
  }
  const total = sizeOf(graph.nodes, 0)
  for (const one of model.functions) if (!sizes.has(one.key) && !fault) sizeOf(one.nodes, 0)
  if (fault) return fault
  return total > limits.expandedNodes
    ? `its functions unfold to ${total.toLocaleString('en')} operations; the limit is ${limits.expandedNodes.toLocaleString('en')}`
    : null
}

/**
 * What speaks against loading a model, before any engine sees its bytes; empty for a model that may be loaded. It bounds
 * the cost of loading, not of every run: a model still runs where it can be stopped.
 */
export const precheckModel = (bytes: Uint8Array, limits: PrecheckLimits = defaultLimits): readonly Refusal[] => {
  if (bytes.length === 0) return [{ rule: 'size', message: 'The file is empty.' }]
  if (bytes.length > limits.bytes)
    return [{ rule: 'size', message: `The file is larger than ${Math.round(limits.bytes / 1048576)} MB.` }]
  let model: OnnxModel
  try {
    model = readModel(bytes, limits)
  } catch (error) {
    if (error instanceof MalformedModel)
      return [{ rule: 'malformed', message: `This is not a well-formed ONNX file. ${error.message}` }]
    throw error
  }
  const { graph } = model
  if (!graph || graph.outputs.length === 0)
    return [{ rule: 'malformed', message: 'This is not an ONNX model: it has no graph with an output.' }]

  const refusals: Refusal[] = []
  const seen = new Set<string>()
  const refuse = (rule: Refusal['rule'], message: string): void => {
    // One line a kind of fault is enough; a hostile file can hold a million.
    const key = `${rule} ${message}`
    if (refusals.length >= 20 || seen.has(key)) return
    seen.add(key)
    refusals.push({ rule, message })
  }

  const allowed = new Set(limits.domains.map(normalDomain))
  const functionKeys = new Set(model.functions.map((one) => one.key))
  const functionDomains = new Set(model.functions.map((one) => String(JSON.parse(one.key)[0])))
  for (const domain of model.domains) {
    if (!allowed.has(normalDomain(domain)) && !functionDomains.has(normalDomain(domain)))
      refuse('domain', `It needs the operator set ${shown(domain)}, which the studio does not run.`)
  }
  if (model.hasTraining) refuse('training', 'It carries a training graph.')
  for (const value of [...graph.inputs, ...graph.outputs]) {
    if (value.kind !== 'tensor')
      refuse(
        'value-type',
        `${shown(value.name)} is a sequence or map; export the model with plain tensors (zipmap=False).`,
      )
  }

  const checkTensor = (tensor: OnnxTensor): void => {
    const fault = tensorFault(tensor, limits)
    if (fault) refuse(fault.rule, fault.message)
  }
  const onNode = (node: OnnxNode): void => {
    if (functionKeys.has(functionKey(node.domain, node.operator, node.overload))) {
      // A local function may not stand in for an operator that engines know.
      if (allowed.has(normalDomain(node.domain)))
        refuse('functions', `It redefines the standard operator ${shown(node.operator)}.`)
    } else if (!allowed.has(normalDomain(node.domain))) {
      refuse('domain', `Operator ${shown(node.operator)} of ${shown(node.domain)} is not one that the studio runs.`)
    }
    if (limits.refusedOperators.includes(node.operator))
      refuse('operator', `Operator ${node.operator} runs a graph of its own; models with it are not run.`)
    if (normalDomain(node.domain) === 'ai.onnx.ml' && treeOperators.has(node.operator)) {
      const fault = treeFault(node, limits.treeDepth)
      if (fault) refuse('tree', `A tree ensemble is broken: ${fault}.`)
    }
    for (const attribute of node.attributes.values()) {
      attribute.tensors.forEach(checkTensor)
      if (attribute.hasSparse) refuse('sparse', 'It holds sparse tensors.')
    }
  }
  const onGraph = (inner: OnnxGraph): void => {
    inner.initializers.forEach(checkTensor)
    if (inner.hasSparse) refuse('sparse', 'It holds sparse tensors.')
  }
  onGraph(graph)
  visit(graph.nodes, onNode, onGraph)
  for (const one of model.functions) {
    visit(one.nodes, onNode, onGraph)
    for (const attribute of one.attributes) {
      attribute.tensors.forEach(checkTensor)
      if (attribute.hasSparse) refuse('sparse', 'It holds sparse tensors.')
    }
  }
  const expansion = expansionFault(model, graph, limits)
  if (expansion) refuse('functions', `It cannot be unfolded: ${expansion}.`)
  for (const fault of shapeFaults(graph, limits.elements)) refuse('shape', fault)
  return refusals
}
