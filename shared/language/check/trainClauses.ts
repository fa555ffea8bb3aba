import { pruners, samplers, type TrainPlan } from '../../plan/plan'
import type { Clause, Expression } from '../ast'
import { nearest } from '../nearest'
import type { ClauseContext } from './clauses'
import { tellUnknown } from './declared'
import { replacements } from './report'
import { checkRow } from './rowExpressions'
import { isNumber, typeName } from './types'
import { rowScope } from './uses'

type TrainClause = Extract<
  Clause,
  { kind: 'seed' | 'folds' | 'weight' | 'engine' | 'sampler' | 'prune' | 'schedule' | 'online' }
>

/** The clauses of `train` beside the split and the search; nothing after a mistake that was told. */
export const checkTrainClause = (clause: TrainClause, context: ClauseContext): Partial<TrainPlan> => {
  const { report, file } = context
  const bounds = (value: number, low: number, high: number, expected: string): boolean => {
    if (Number.isInteger(value) && value >= low && value <= high) return true
    report.add(file, 'PML1525', clause.span, { what: clause.kind, expected })
    return false
  }
  switch (clause.kind) {
    case 'seed':
      return bounds(clause.seed, 0, 2 ** 31 - 1, 'a whole number from 0 to 2147483647') ? { seed: clause.seed } : {}
    case 'folds':
      if (!bounds(clause.folds, 2, 50, 'a whole number from 2 to 50')) return {}
      tellKept(`folds ${clause.folds}`, 'Trials are judged on the validation split for now.', clause, context)
      return { folds: clause.folds }
    case 'weight': {
      const { expr, type } = checkRow(clause.expression, rowScope(context))
      if (type === 'unknown') return {}
      if (!isNumber(type)) {
        report.add(file, 'PML1529', clause.expression.span, { found: typeName(type) })
        return {}
      }
      tellKept('weight', 'Every row counts the same for now.', clause, context)
      return { weight: expr }
    }
    case 'engine':
      return checkEngine(clause.value, context)
    case 'sampler': {
      const sampler = wordOf(clause.value, samplers, 'sampler', context)
      return sampler ? { sampler } : {}
    }
    case 'prune': {
      const prune = wordOf(clause.value, pruners, 'pruner', context)
      if (prune === 'median') tellKept('prune median', 'Every trial runs to its end for now.', clause, context)
      return prune ? { prune } : {}
    }
    case 'schedule':
      if (!clause.cron) return {}
      if (!isCron(clause.cron.text)) {
        report.add(file, 'PML1530', clause.cron.span, { text: clause.cron.text })
        return {}
      }
      tellKept('schedule', 'Train by hand, or let a scheduler call `proml train`, for now.', clause, context)
      return { schedule: clause.cron.text }
    case 'online':
      return checkOnline(clause, context)
  }
}

const tellKept = (what: string, instead: string, { span }: Clause, { report, file }: ClauseContext): void =>
  report.add(file, 'PML2201', span, { what, instead })

/** `local`, or `spark("yarn")`. */
const checkEngine = (value: Expression, context: ClauseContext): Partial<TrainPlan> => {
  const [argument, ...more] = value.kind === 'call' ? value.args : []
  if (
    value.kind === 'call' &&
    value.callee.text === 'spark' &&
    argument?.value.kind === 'string' &&
    more.length === 0
  ) {
    const instead = 'Training runs on this machine for now.'
    context.report.add(context.file, 'PML2201', value.span, { what: 'engine spark', instead })
    return { engine: { kind: 'spark', master: argument.value.value } }
  }
  const word = wordOf(value, ['local', 'spark("…")'], 'engine', context)
  return word === 'local' ? { engine: { kind: 'local' } } : {}
}

const wordOf = <W extends string>(
  value: Expression,
  known: readonly W[],
  what: string,
  { report, file }: ClauseContext,
): W | null => {
  if (value.kind === 'error') return null
  const text = value.kind === 'name' ? value.name.text : value.kind === 'call' ? value.callee.text : null
  const word = value.kind === 'name' ? known.find((each) => each === text) : undefined
  if (word !== undefined) return word
  const near = text === null ? [] : nearest(text, known)
  report.add(file, 'PML1522', value.span, { word: text ?? 'this', what, known }, replacements(value.span, near))
  return null
}

const checkOnline = (clause: Extract<Clause, { kind: 'online' }>, context: ClauseContext): Partial<TrainPlan> => {
  if (!clause.source) return {}
  const source = context.sources.get(clause.source.text)
  if (!source) {
    tellUnknown('source', clause.source, context)
    return {}
  }
  if (source.declaration.reader?.text !== 'kafka') {
    context.report.add(context.file, 'PML1531', clause.source.span, { source: clause.source.text })
    return {}
  }
  tellKept('online', 'The model learns when it is trained, for now.', clause, context)
  return { online: clause.source.text }
}

const fields = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const

/** Five fields of numbers, ranges, lists and steps. */
export const isCron = (text: string): boolean => {
  const parts = text.trim().split(/\s+/)
  return (
    parts.length === fields.length &&
    parts.every((part, index) => part.split(',').every((item) => isCronItem(item, fields[index] ?? [0, 0])))
  )
}

const isCronItem = (item: string, [least, most]: readonly [number, number]): boolean => {
  const found = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item)
  if (!found) return false
  const [, low, high, step] = found
  const isInside = [low, high].every(
    (value) => value === undefined || (Number(value) >= least && Number(value) <= most),
  )
  return isInside && (low === undefined || high === undefined || Number(low) <= Number(high)) && step !== '0'
}
