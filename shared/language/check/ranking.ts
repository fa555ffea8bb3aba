import type { RankingPlan, RankingStepPlan } from '../../plan/plan'
import type { Identifier, ModelDeclaration, RankingStep } from '../ast'
import { tellUnknown } from './declared'
import { checkCondition } from './featureClauses'
import type { RowScope, Typed } from './rowExpressions'
import { checkRow } from './rowExpressions'
import { columnOf } from './sources'
import type { CheckedModel, CheckedSource } from './symbols'
import { rowScope, type UseContext } from './uses'

/** What the steps may read beside the columns of the candidates. */
type Values = Pick<CheckedModel, 'values' | 'outputs'>

/** `rank by …` and the steps that follow; null where the model ranks nothing. */
export const checkRanking = (model: ModelDeclaration, values: Values, context: UseContext): RankingPlan | null => {
  const { report, file, source } = context
  const [first] = model.steps
  if (!model.rank) {
    if (first) report.add(file, 'PML1527', first.span, { step: first.kind })
    return null
  }
  const { by, span } = model.rank
  if (by && source) columnOf(source, by, { report, file })
  report.add(file, 'PML2201', span, {
    what: 'rank by',
    instead: 'The model answers row by row for now; its ranking steps are checked and kept.',
  })
  const scope = stepScope(values, context)
  const steps = model.steps.flatMap((step) => checkStep(step, scope, context) ?? [])
  return by ? { by: by.text, steps } : null
}

/** Outputs and uses by their names, then the columns of the observed source. */
const stepScope = ({ values, outputs }: Values, context: UseContext): RowScope => {
  const columns = rowScope(context)
  return {
    ...columns,
    resolve: (name: Identifier): Typed => {
      const output = outputs.find((each) => each.name === name.text)
      if (output) return { expr: { op: 'feature', name: name.text, type: 'float' }, type: 'float', isNullable: false }
      const value = values.get(name.text)
      if (!value || context.source?.columns?.has(name.text)) return columns.resolve(name)
      const { type, isNullable } = value
      return { expr: { op: 'feature', name: name.text, type }, type, isNullable }
    },
  }
}

const checkStep = (step: RankingStep, scope: RowScope, context: UseContext): RankingStepPlan | null => {
  const { report, file, source } = context
  const { span } = step
  switch (step.kind) {
    case 'filter':
      return { kind: 'filter', condition: checkCondition(step.condition, 'filter', scope).expr, span }
    case 'top':
      if (!Number.isInteger(step.count) || step.count < 1)
        report.add(file, 'PML1525', span, { what: 'top', expected: 'a whole number of at least 1' })
      return { kind: 'top', count: step.count, by: checkRow(step.by, scope).expr, span }
    case 'sort':
      return { kind: 'sort', by: checkRow(step.by, scope).expr, isAscending: step.isAscending, span }
    case 'group':
    case 'distinct':
      if (source) for (const name of step.by) columnOf(source, name, { report, file })
      return { kind: step.kind, by: step.by.map(({ text }) => text), span }
    case 'union':
      return step.source && checkUnion(step.source, source, context)
        ? { kind: 'union', source: step.source.text, span }
        : null
  }
}

const checkUnion = (name: Identifier, source: CheckedSource | null, context: UseContext): boolean => {
  const other = context.sources.get(name.text)
  if (!other) {
    tellUnknown('source', name, context)
    return false
  }
  const missing = [...(source?.columns?.keys() ?? [])].filter((column) => other.columns && !other.columns.has(column))
  if (missing.length > 0)
    context.report.add(context.file, 'PML1528', name.span, {
      source: source?.declaration.name.text ?? '',
      other: name.text,
      missing,
    })
  return missing.length === 0
}
