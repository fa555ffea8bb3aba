export interface ParameterFacts {
  readonly name: string
  readonly documentation: string
  readonly choices?: readonly string[]
}
export interface OperatorFacts {
  readonly side: 'feature' | 'row' | 'model'
  readonly role: 'aggregate' | 'function' | 'transform' | 'algorithm' | 'combinator'
  readonly documentation: string
  readonly parameters: readonly ParameterFacts[]
}
const algorithms = new Set(['logistic', 'linear', 'boosted_trees'])
export const operatorFacts = (name: string, side: OperatorFacts['side']): OperatorFacts | null =>
  side === 'model'
    ? {
        side,
        role: algorithms.has(name) ? 'algorithm' : name === 'mean' ? 'combinator' : 'transform',
        documentation: '',
        parameters: [],
      }
    : null
export const replaceableAggregates = (name: string, args: number): readonly string[] =>
  args === 1
    ? ['mean', 'sum', 'min', 'max', 'stddev', 'median', 'count'].includes(name)
      ? ['mean', 'sum', 'min', 'max', 'stddev', 'median']
      : []
    : []
