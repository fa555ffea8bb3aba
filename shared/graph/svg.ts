import type { FeatureGraph, GraphNode, GraphNodeKind } from './graph'
import { type Bend, type GraphLayout, layoutGraph, nodeSize } from './layout'

/** A card has its own background, so that the drawing reads on a light page and on a dark one. */
const card = { fill: '#ffffff', line: '#c3c9d2', name: '#1b1f27', detail: '#565f6d', error: '#b82c26' } as const
/** Between the greys of a light and of a dark page: 3:1 on both. */
const edgeColour = '#7d8694'

/** The window’s colours of kinds, as they are on a white card. */
const tones: Readonly<Record<GraphNodeKind, string>> = {
  source: '#5b6472',
  use: '#5b6472',
  feature: '#0b66c3',
  transform: '#7a4bc4',
  algorithm: '#b4540a',
  combinator: '#b4540a',
  step: '#7a4bc4',
  label: '#1a7f4b',
  output: '#1a7f4b',
}

const margin = 12
const bar = 4
const inset = 12
const family = 'system-ui, &quot;Segoe UI&quot;, &quot;DejaVu Sans&quot;, sans-serif'

/** As XML 1.0 can hold it. */
const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const shortened = (text: string, most: number): string => {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

const place = (value: number): string => String(Math.round(value * 10) / 10)

const curve = (from: Bend, to: Bend): string => {
  const middle = place((from.x + to.x) / 2)
  return `C${middle} ${place(from.y)} ${middle} ${place(to.y)} ${place(to.x)} ${place(to.y)}`
}

const edgePaths = (graph: FeatureGraph, { positions, bends }: GraphLayout): string[] => {
  const at = new Map(positions.map(({ id, x, y }) => [id, { x, y: y + nodeSize.height / 2 }]))
  return graph.edges.flatMap(({ id, from, to }) => {
    const [start, end] = [at.get(from), at.get(to)]
    if (!start || !end) return []
    let here: Bend = { x: start.x + nodeSize.width, y: start.y }
    let path = `M${place(here.x)} ${place(here.y)}`
    for (const bend of bends[id] ?? []) {
      path += curve(here, bend)
      here = { x: bend.x + nodeSize.width, y: bend.y }
      path += `H${place(here.x)}`
    }
    return [`<path d="${path}${curve(here, end)}"/>`]
  })
}

const nodeCard = (node: GraphNode, x: number, y: number): string => {
  const { name, detail, kind, definition, documentation, hasError } = node
  const tone = tones[kind]
  const told = [`${kind} ${name}`, definition, documentation].filter((part) => part !== '').join('\n')
  const text = (dy: number, size: number, colour: string, content: string, more = ''): string =>
    `<text x="${bar + inset}" y="${dy}" font-size="${size}" fill="${colour}"${more}>${escaped(content)}</text>`
  return [
    `<g transform="translate(${place(x)} ${place(y)})"><title>${escaped(told)}</title>`,
    `<rect width="${nodeSize.width}" height="${nodeSize.height}" rx="6" fill="${card.fill}" stroke="${hasError ? card.error : card.line}"/>`,
    `<rect x="1" y="8" width="${bar}" height="${nodeSize.height - 16}" rx="2" fill="${tone}"/>`,
    text(22, 12.5, card.name, shortened(name, 17), ' font-weight="600"'),
    text(38, 10.5, card.detail, shortened(detail, 22)),
    text(55, 10, hasError ? card.error : tone, hasError ? `${kind} with an error` : kind),
    '</g>',
  ].join('')
}

const titleOf = ({ model }: FeatureGraph): string => (model === null ? 'Feature graph' : `Feature graph of ${model}`)

/** The graph as one SVG drawing that needs nothing from outside and says in words what it shows. */
export const graphSvg = (graph: FeatureGraph): string => {
  const layout = layoutGraph(graph)
  const [width, height] = [layout.width + 2 * margin, layout.height + 2 * margin]
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const cards = layout.positions.flatMap(({ id, x, y }) => {
    const node = nodes.get(id)
    return node ? [nodeCard(node, x, y)] : []
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" width="${place(width)}" height="${place(height)}" viewBox="${-margin} ${-margin} ${place(width)} ${place(height)}" font-family="${family}">`,
    `<title id="title">${escaped(titleOf(graph))}</title>`,
    `<desc id="description">${escaped(graphText(graph))}</desc>`,
    `<g fill="none" stroke="${edgeColour}" stroke-width="1.3">${edgePaths(graph, layout).join('')}</g>`,
    ...cards,
    '</svg>\n',
  ].join('\n')
}

/** The graph in words, a line a node, each after what it reads: `feature delay_3h  mean(delay) · 3h  ← flights`. */
export const graphText = (graph: FeatureGraph): string => {
  const nameOf = new Map(graph.nodes.map(({ id, name }) => [id, name]))
  const column = new Map(layoutGraph(graph).positions.map(({ id, x }) => [id, x]))
  const ordered = graph.nodes.toSorted((a, b) => (column.get(a.id) ?? 0) - (column.get(b.id) ?? 0))
  const width = Math.max(0, ...ordered.map(({ kind, name }) => kind.length + name.length + 1))
  const lines = ordered.map(({ id, kind, name, detail, hasError }) => {
    const reads = graph.edges.filter(({ to }) => to === id).flatMap(({ from }) => nameOf.get(from) ?? [])
    const parts = [`${kind} ${name}`.padEnd(width), detail, reads.length > 0 ? `← ${reads.join(', ')}` : '']
    return `${parts.filter((part) => part !== '').join('  ')}${hasError ? '  (has an error)' : ''}`.trimEnd()
  })
  return [titleOf(graph), ...lines].join('\n')
}
