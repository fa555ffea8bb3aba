import { type Bend, nodeSize } from '@shared/graph/layout'
import { BaseEdge, type Edge, type EdgeProps } from '@xyflow/react'

export type FlowEdgeType = Edge<{ readonly bends: readonly Bend[] }, 'flow'>

/** An edge that passes layers between its nodes, level where it passes them. */
export const FlowEdge = ({ id, sourceX, sourceY, targetX, targetY, data }: EdgeProps<FlowEdgeType>) => {
  let path = `M${sourceX},${sourceY}`
  let at: Bend = { x: sourceX, y: sourceY }
  for (const bend of data?.bends ?? []) {
    path += curve(at, bend)
    at = { x: bend.x + nodeSize.width, y: bend.y }
    path += `L${at.x},${at.y}`
  }
  return <BaseEdge id={id} path={path + curve(at, { x: targetX, y: targetY })} />
}

const curve = (from: Bend, to: Bend): string => {
  const middle = (from.x + to.x) / 2
  return `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`
}
