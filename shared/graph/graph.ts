import type { Span } from '../plan/plan'

/** The feature graph: drawn from the text, and nothing in it that the text does not say. */
export type GraphNodeKind =
  | 'source'
  | 'feature'
  | 'use'
  | 'label'
  | 'transform'
  | 'algorithm'
  | 'combinator'
  | 'output'
  | 'step'

export type GraphControl = 'number' | 'duration' | 'text' | 'choice' | 'bool' | 'tune'

export interface GraphParameter {
  /** Unique in its node: `over`, `lag`, `max`, `log1p.base`. */
  readonly name: string
  /** As written. */
  readonly text: string
  readonly span: Span
  /** What kind of control edits it. */
  readonly control: GraphControl
  readonly choices?: readonly string[]
  readonly documentation?: string
}

export interface GraphNode {
  /** Stable while the name stays: `feature:airport_delay_3h`, `let:late_departure/far`. */
  readonly id: string
  readonly kind: GraphNodeKind
  readonly name: string
  /** One line under the name: `mean(delay) · 3h`, `standardize(log1p)`. */
  readonly detail: string
  readonly type: string | null
  /** Another file of the workspace that declares it; null for the file whose graph this is. Spans are of that file. */
  readonly file: string | null
  /** The whole statement; and the name inside it. */
  readonly span: Span
  readonly nameSpan: Span
  /** Other statements that say the same name: `use busy by origin` brings the feature `busy` and is the same node. */
  readonly alsoAt: readonly Span[]
  readonly parameters: readonly GraphParameter[]
  readonly hasError: boolean
  readonly documentation: string
  /** The definition as written, on one line. */
  readonly definition: string
  /** Names of the model’s inputs that carry this node’s values; a feature may come in under several names. */
  readonly inputs: readonly string[]
}

export interface GraphEdge {
  readonly id: string
  readonly from: string
  readonly to: string
}

export interface FeatureGraph {
  readonly model: string | null
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** An edit made in the graph, answered with text edits on the same document. */
export type GraphEdit =
  | { readonly kind: 'rename'; readonly node: string; readonly name: string }
  | { readonly kind: 'parameter'; readonly node: string; readonly parameter: string; readonly text: string }
