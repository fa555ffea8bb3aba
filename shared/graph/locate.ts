import type { Span } from '../plan/plan'
import type { FeatureGraph, GraphNode } from './graph'

/** The innermost statement around an offset. */
export const nodeAtOffset = (graph: FeatureGraph, offset: number): GraphNode | null => {
  let best: GraphNode | null = null
  let bestLength = Number.POSITIVE_INFINITY
  for (const node of graph.nodes)
    for (const { start, end } of spansHere(node))
      if (start <= offset && offset <= end && end - start < bestLength) {
        best = node
        bestLength = end - start
      }
  return best
}

/** The statements of the graph’s own file that say a node’s name. */
export const spansHere = (node: GraphNode): readonly Span[] =>
  node.file === null ? [node.span, ...node.alsoAt] : node.alsoAt
