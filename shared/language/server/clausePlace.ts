import { pruners, samplers } from '../../plan/plan'
import { metrics } from '../check/clauses'
import type { Token } from '../syntax/lexer'
import type { CompletionPlace } from './context'
import { openCall } from './openCall'

const everyMetric = [...new Set([...metrics.binary, ...metrics.regression])]

/** What may follow the words of a clause. */
const clauseValues: Readonly<Record<string, readonly string[]>> = {
  split: ['time', 'random', 'by entity'],
  maximize: everyMetric,
  minimize: everyMetric,
  trials: ['maximize', 'minimize'],
  latency: ['p50', 'p90', 'p95', 'p99'],
  drift: ['psi', 'ks'],
  decay: everyMetric,
  retrain: ['on decay', 'on drift'],
  sampler: samplers,
  prune: pruners,
  engine: ['local', 'spark("local[*]")'],
}

export function clausePlace(
  block: 'train' | 'validate' | 'health',
  statement: readonly Token[],
  source: string | null,
): CompletionPlace {
  const last = statement.at(-1)
  if (last?.text === 'from') return { kind: 'source' }
  if (last?.text === 'weight' || openCall(statement)) return { kind: 'row expression', source }
  const before = statement.at(-2)?.text
  if (last?.text === 'on') return { kind: 'value', values: before === 'retrain' ? ['decay', 'drift'] : ['inputs'] }
  if (last?.kind === 'number' && before === 'search') return { kind: 'value', values: ['trials'] }
  const values = last?.kind === 'name' ? clauseValues[last.text] : undefined
  return values ? { kind: 'value', values } : { kind: 'clause', block }
}
