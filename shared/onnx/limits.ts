/** What a model may cost before it is even loaded. The figures are far above any tabular model and far below harm. */
export interface PrecheckLimits {
  readonly bytes: number
  /** Messages and integers walked; bounds the check’s own time. */
  readonly walkedItems: number
  /** Nodes after every local function is expanded. */
  readonly expandedNodes: number
  readonly functionDepth: number
  /** Edges from a tree’s root to its deepest leaf. The native engine follows them by recursion. */
  readonly treeDepth: number
  readonly subgraphDepth: number
  /** Elements of any tensor whose shape stands in the file, and of one row of any value that concatenation makes. */
  readonly elements: number
  readonly domains: readonly string[]
  readonly refusedOperators: readonly string[]
}

export const defaultLimits: PrecheckLimits = {
  bytes: 512 * 1024 * 1024,
  walkedItems: 20_000_000,
  expandedNodes: 100_000,
  functionDepth: 64,
  treeDepth: 1_000,
  subgraphDepth: 16,
  elements: 2 ** 27,
  domains: ['', 'ai.onnx', 'ai.onnx.ml'],
  // Operators that run a graph of their own an unbounded number of times, or make a graph’s cost depend on its data.
  refusedOperators: ['Loop', 'Scan', 'If', 'SequenceMap'],
}

export const refusalRules = [
  'size',
  'malformed',
  'domain',
  'operator',
  'functions',
  'tree',
  'shape',
  'subgraph',
  'external-data',
  'tensor-data',
  'sparse',
  'training',
  'value-type',
] as const

export interface Refusal {
  readonly rule: (typeof refusalRules)[number]
  /** One sentence in plain words. */
  readonly message: string
}
