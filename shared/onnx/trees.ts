import { integersOfAttribute, type OnnxNode, stringsOfAttribute } from './model'

/** Edges from every node to its children, by position; `null` where the lists of the ensemble do not fit together. */
interface Forest {
  readonly size: number
  readonly children: (node: number) => readonly (number | undefined)[]
}

const isShort = (lists: readonly (readonly unknown[])[], size: number): boolean =>
  lists.some((list) => list.length !== size)

/** TreeEnsembleClassifier and TreeEnsembleRegressor (ai.onnx.ml 1–3): children are named by (tree, node id). */
const readNamedForest = (node: OnnxNode): Forest | string => {
  const treeIds = integersOfAttribute(node.attributes.get('nodes_treeids'))
  const nodeIds = integersOfAttribute(node.attributes.get('nodes_nodeids'))
  const yes = integersOfAttribute(node.attributes.get('nodes_truenodeids'))
  const no = integersOfAttribute(node.attributes.get('nodes_falsenodeids'))
  const modes = stringsOfAttribute(node.attributes.get('nodes_modes'))
  const size = nodeIds.length
  if (isShort([treeIds, yes, no, modes], size)) return 'its node lists differ in length'
  const trees = new Map<number, Map<number, number>>()
  for (let index = 0; index < size; index += 1) {
    const treeId = treeIds[index] ?? 0
    const nodeId = nodeIds[index] ?? 0
    const tree = trees.get(treeId) ?? new Map<number, number>()
    trees.set(treeId, tree)
    if (tree.has(nodeId)) return `node ${nodeId} of tree ${treeId} stands there twice`
    tree.set(nodeId, index)
  }
  return {
    size,
    children: (index) => {
      if (modes[index] === 'LEAF') return []
      const tree = trees.get(treeIds[index] ?? 0)
      return [tree?.get(yes[index] ?? -1), tree?.get(no[index] ?? -1)]
    },
  }
}

/** TreeEnsemble (ai.onnx.ml 5): children are positions, of nodes or of leaves. */
const readIndexedForest = (node: OnnxNode): Forest | string => {
  const yes = integersOfAttribute(node.attributes.get('nodes_truenodeids'))
  const no = integersOfAttribute(node.attributes.get('nodes_falsenodeids'))
  const isYesLeaf = integersOfAttribute(node.attributes.get('nodes_trueleafs'))
  const isNoLeaf = integersOfAttribute(node.attributes.get('nodes_falseleafs'))
  const size = yes.length
  if (isShort([no, isYesLeaf, isNoLeaf], size)) return 'its node lists differ in length'
  const position = (value: number | undefined): number | undefined =>
    value !== undefined && value >= 0 && value < size ? value : undefined
  return {
    size,
    children: (index) => [
      ...(isYesLeaf[index] ? [] : [position(yes[index])]),
      ...(isNoLeaf[index] ? [] : [position(no[index])]),
    ],
  }
}

export const treeOperators: ReadonlySet<string> = new Set([
  'TreeEnsemble',
  'TreeEnsembleClassifier',
  'TreeEnsembleRegressor',
])

/**
 * Why an ensemble’s trees must not be loaded, or null. ONNX Runtime 1.30 builds trees by recursion: a chain of 20,000 nodes
 * kills the native engine.
 */
export const treeFault = (node: OnnxNode, depthLimit: number): string | null => {
  const forest = node.operator === 'TreeEnsemble' ? readIndexedForest(node) : readNamedForest(node)
  if (typeof forest === 'string') return forest
  const hasParent = new Uint8Array(forest.size)
  for (let index = 0; index < forest.size; index += 1) {
    for (const child of forest.children(index)) {
      if (child === undefined) return 'a node’s child does not exist'
      if (hasParent[child]) return 'a node has two parents, so it is no tree'
      hasParent[child] = 1
    }
  }
  let reached = 0
  let depth = 0
  let level: number[] = []
  for (let index = 0; index < forest.size; index += 1) if (!hasParent[index]) level.push(index)
  while (level.length > 0) {
    if (depth > depthLimit) return `a tree is more than ${depthLimit.toLocaleString('en')} levels deep`
    reached += level.length
    const next: number[] = []
    for (const index of level) for (const child of forest.children(index)) if (child !== undefined) next.push(child)
    level = next
    depth += 1
  }
  // Every node has at most one parent, so what no root reaches is a ring.
  return reached < forest.size ? 'its nodes form a ring' : null
}
