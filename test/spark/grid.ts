import type { ValueType } from '@shared/data/profile'
import type { Expr, FeaturePlan, FrameWindow, ModelPlan, UsePlan, WindowRule } from '@shared/plan/plan'
import { eventColumns, minute, planOf } from '../features/programs'

const span = { start: 0, end: 0 }
const column = (name: string): Expr => ({
  op: 'column',
  name,
  type: eventColumns.find((one) => one.name === name)?.type ?? 'unknown',
})
const [x, y, b, s] = [column('x'), column('y'), column('b'), column('s')]
const number = (value: number, type: ValueType): Expr => ({ op: 'literal', value, type })

const aggregates: readonly (readonly [aggregate: string, type: ValueType, ...args: Expr[]])[] = [
  ['count', 'int'],
  ['count', 'int', y],
  ['sum', 'int', x],
  ['sum', 'float', y],
  ['mean', 'float', x],
  ['mean', 'float', y],
  ['min', 'float', y],
  ['max', 'string', s],
  ['stddev', 'float', x],
  ['variance', 'float', y],
  ['median', 'float', x],
  ['quantile', 'float', y, number(0.9, 'float')],
  ['distinct', 'int', s],
  ['mode', 'int', x],
  ['top', 'string', s, number(2, 'int')],
  ['first', 'float', y],
  ['last', 'bool', b],
  ['latest', 'int', x],
  ['any', 'bool', b],
  ['all', 'bool', b],
  ['ewma', 'float', y, { op: 'duration', micros: 2 * minute, type: 'duration' }],
]

type Frame = { kind: 'time'; micros: number } | { kind: 'rows'; rows: number } | { kind: 'all' }
const frames: readonly (readonly [frame: Frame, lagMicros: number])[] = [
  [{ kind: 'time', micros: 2 * minute }, 0],
  [{ kind: 'time', micros: 5 * minute }, minute],
  [{ kind: 'time', micros: 13 * 60 * minute + 1 }, 500_000],
  [{ kind: 'rows', rows: 2 }, 0],
  [{ kind: 'rows', rows: 3 }, minute],
  [{ kind: 'all' }, 0],
  [{ kind: 'all' }, 90_500_000],
]

/** Every aggregate over every kind of window, by one system’s rule. */
export const gridPlan = (rule: WindowRule, hasCreated: boolean, path: string): ModelPlan => {
  const features = frames.flatMap(([frame, lagMicros], at) =>
    aggregates.map(([aggregate, type, ...args], index): FeaturePlan => {
      const window: FrameWindow = { ...frame, rule }
      return {
        ...{ name: `f${at}_${index}`, entity: 'thing', entityKeys: ['k one'], type, default: null },
        definition: {
          ...{ form: 'aggregate', aggregate, args, source: 'events', keys: ['k one'], filter: null },
          ...{ window, lagMicros },
        },
        ...{ documentation: '', unit: null, owner: null, tags: [], status: null, replacement: null },
        ...{ file: 'test.proml', span },
      }
    }),
  )
  const uses = features.map(
    ({ name, type }): UsePlan => ({
      ...{ name, type, tensor: 'float32', isNullable: true, span },
      definition: { kind: 'feature', feature: name, keys: ['k one'] },
    }),
  )
  const plan = planOf(features, uses, hasCreated)
  return { ...plan, sources: plan.sources.map((source) => ({ ...source, path })) }
}
