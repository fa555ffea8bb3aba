import type { GraphNodeKind } from '@shared/graph/graph'

/** The colour of each kind; combinators learn nothing themselves but stand among algorithms. */
export const kindTone: Readonly<Record<GraphNodeKind, 'feature' | 'transform' | 'source' | 'algorithm' | 'output'>> = {
  source: 'source',
  use: 'source',
  feature: 'feature',
  transform: 'transform',
  algorithm: 'algorithm',
  combinator: 'algorithm',
  label: 'output',
  output: 'output',
  step: 'transform',
}
