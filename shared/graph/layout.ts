import type { FeatureGraph } from './graph'

export interface NodePosition {
  readonly id: string
  readonly x: number
  readonly y: number
}

/** Where an edge passes between nodes: from `x` on, `nodeSize.width` to the right, level at `y`. */
export interface Bend {
  readonly x: number
  readonly y: number
}

export interface GraphLayout {
  readonly positions: readonly NodePosition[]
  /** By edge id, left to right; an edge between neighbouring layers has none. */
  readonly bends: Readonly<Record<string, readonly Bend[]>>
  readonly width: number
  readonly height: number
}

export const nodeSize = { width: 150, height: 66 } as const
const gap = { x: 26, y: 20 } as const
const sweeps = 8

interface IndexedEdge {
  readonly id: string
  readonly from: number
  readonly to: number
}

interface Slot {
  /** Index of a node, or -1 for a bend of a long edge. */
  readonly node: number
  readonly before: number[]
  readonly after: number[]
  layer: number
  order: number
  y: number
}

/**
 * Layered layout, left to right: longest path (Kahn), bends on long edges, barycentre sweeps, then rows pulled toward
 * their neighbours. Linear in nodes and edges but for sorting; the same graph always gives the same picture.
 */
export function layoutGraph(graph: Pick<FeatureGraph, 'nodes' | 'edges'>): GraphLayout {
  if (graph.nodes.length === 0) return { positions: [], bends: {}, width: 0, height: 0 }
  const indexOf = new Map(graph.nodes.map((node, index) => [node.id, index]))
  const edges = graph.edges.flatMap(({ id, from, to }): IndexedEdge[] => {
    const start = indexOf.get(from)
    const end = indexOf.get(to)
    return start === undefined || end === undefined || start === end ? [] : [{ id, from: start, to: end }]
  })
  const layerOf = longestPath(graph.nodes.length, edges)
  const { slots, bendsOf } = withBends(layerOf, edges)
  const layers = intoLayers(slots)
  for (let sweep = 0; sweep < sweeps; sweep++) {
    if (sweep % 2 === 0)
      for (let layer = 1; layer < layers.length; layer++) orderByNeighbours(slots, layers[layer], 'before')
    else for (let layer = layers.length - 2; layer >= 0; layer--) orderByNeighbours(slots, layers[layer], 'after')
  }
  placeRows(slots, layers)

  const real = slots.filter((slot) => slot.node >= 0)
  const top = Math.min(...real.map((slot) => slot.y))
  const positions = real.map((slot) => ({
    id: graph.nodes[slot.node]?.id ?? '',
    x: slot.layer * (nodeSize.width + gap.x),
    y: Math.round(slot.y - top),
  }))
  const bends = Object.fromEntries(
    [...bendsOf].map(([id, indices]) => [
      id,
      indices.flatMap((index): Bend[] => {
        const slot = slots[index]
        return slot ? [{ x: slot.layer * (nodeSize.width + gap.x), y: Math.round(slot.y - top) }] : []
      }),
    ]),
  )
  return {
    positions,
    bends,
    width: layers.length * (nodeSize.width + gap.x) - gap.x,
    height: Math.max(...positions.map((position) => position.y)) + nodeSize.height,
  }
}

/** Kahn’s order; what is left over stands on a cycle and goes one layer right of what it was reached from. */
function longestPath(count: number, edges: readonly IndexedEdge[]): number[] {
  const layers = new Array<number>(count).fill(0)
  const waiting = new Array<number>(count).fill(0)
  const after: number[][] = Array.from({ length: count }, () => [])
  for (const { from, to } of edges) {
    after[from]?.push(to)
    waiting[to] = (waiting[to] ?? 0) + 1
  }
  const ready = waiting.flatMap((open, node) => (open === 0 ? [node] : []))
  for (let at = 0; at < ready.length; at++) {
    const node = ready[at] ?? 0
    for (const next of after[node] ?? []) {
      layers[next] = Math.max(layers[next] ?? 0, (layers[node] ?? 0) + 1)
      waiting[next] = (waiting[next] ?? 0) - 1
      if (waiting[next] === 0) ready.push(next)
    }
  }
  return layers
}

function withBends(
  layerOf: readonly number[],
  edges: readonly IndexedEdge[],
): { slots: Slot[]; bendsOf: Map<string, number[]> } {
  const bendsOf = new Map<string, number[]>()
  const slots: Slot[] = layerOf.map((layer, node) => ({ node, layer, before: [], after: [], order: 0, y: 0 }))
  const link = (from: number, to: number) => {
    slots[from]?.after.push(to)
    slots[to]?.before.push(from)
  }
  for (const { id, from, to } of edges) {
    const start = layerOf[from] ?? 0
    const end = layerOf[to] ?? 0
    // An edge of a cycle does not run left to right; it is drawn, and has no say in the order.
    if (end <= start) continue
    let previous = from
    for (let layer = start + 1; layer < end; layer++) {
      slots.push({ node: -1, layer, before: [], after: [], order: 0, y: 0 })
      link(previous, slots.length - 1)
      previous = slots.length - 1
      bendsOf.set(id, [...(bendsOf.get(id) ?? []), previous])
    }
    link(previous, to)
  }
  return { slots, bendsOf }
}

function intoLayers(slots: readonly Slot[]): number[][] {
  const layers: number[][] = []
  slots.forEach((slot, index) => {
    for (let layer = layers.length; layer <= slot.layer; layer++) layers.push([])
    const layer = layers[slot.layer] ?? []
    slot.order = layer.length
    layer.push(index)
  })
  return layers
}

function orderByNeighbours(slots: readonly Slot[], layer: number[] | undefined, side: 'before' | 'after'): void {
  if (!layer) return
  const centre = new Map(
    layer.map((index) => {
      const slot = slots[index]
      const neighbours = slot?.[side] ?? []
      const sum = neighbours.reduce((total, neighbour) => total + (slots[neighbour]?.order ?? 0), 0)
      return [index, neighbours.length > 0 ? sum / neighbours.length : (slot?.order ?? 0)]
    }),
  )
  // Ties keep the order they had, which at first is that of the text.
  layer.sort((a, b) => (centre.get(a) ?? 0) - (centre.get(b) ?? 0) || (slots[a]?.order ?? 0) - (slots[b]?.order ?? 0))
  layer.forEach((index, order) => {
    const slot = slots[index]
    if (slot) slot.order = order
  })
}

/** Rows: each wants the mean of its neighbours’ rows; a layer’s order and its gaps are kept. */
function placeRows(slots: readonly Slot[], layers: readonly number[][]): void {
  const heightOf = (slot: Slot | undefined) => (slot && slot.node >= 0 ? nodeSize.height + gap.y : gap.y)
  for (const layer of layers) {
    const total = layer.reduce((sum, index) => sum + heightOf(slots[index]), 0)
    let y = -total / 2
    for (const index of layer) {
      const slot = slots[index]
      if (!slot) continue
      slot.y = y
      y += heightOf(slot)
    }
  }
  const centreOf = (slot: Slot | undefined) => (slot ? slot.y + (slot.node >= 0 ? nodeSize.height / 2 : 0) : 0)
  for (let pass = 0; pass < 6; pass++) {
    const order = pass % 2 === 0 ? layers : [...layers].reverse()
    for (const layer of order) {
      const wanted = layer.map((index) => {
        const slot = slots[index]
        const neighbours = [...(slot?.before ?? []), ...(slot?.after ?? [])]
        if (neighbours.length === 0) return slot?.y ?? 0
        const mean = neighbours.reduce((sum, neighbour) => sum + centreOf(slots[neighbour]), 0) / neighbours.length
        return mean - (slot && slot.node >= 0 ? nodeSize.height / 2 : 0)
      })
      settle(
        layer.map((index) => heightOf(slots[index])),
        wanted,
      ).forEach((y, at) => {
        const slot = slots[layer[at] ?? -1]
        if (slot) slot.y = y
      })
    }
  }
}

/** The positions nearest (least squares) to the wanted ones that keep order and heights: pool adjacent violators. */
function settle(heights: readonly number[], wanted: readonly number[]): number[] {
  const offsets: number[] = []
  let sum = 0
  for (const height of heights) {
    offsets.push(sum)
    sum += height
  }
  const blocks: { mean: number; count: number }[] = []
  wanted.forEach((y, index) => {
    let block = { mean: y - (offsets[index] ?? 0), count: 1 }
    for (let last = blocks.at(-1); last && last.mean > block.mean; last = blocks.at(-1)) {
      blocks.pop()
      const count = last.count + block.count
      block = { mean: (last.mean * last.count + block.mean * block.count) / count, count }
    }
    blocks.push(block)
  })
  const settled = blocks.flatMap((block) => new Array<number>(block.count).fill(block.mean))
  return settled.map((mean, index) => mean + (offsets[index] ?? 0))
}
