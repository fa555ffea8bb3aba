import type { ColumnProfile } from '../data/profile'
import type { DraftFacts, DraftLabel } from './facts'
import type { DraftFeature } from './features'
import { remark } from './figures'
import { spanOf } from './history'
import type { DraftInput, LeftOut } from './inputs'
import { conditionOf, labelNameOf, questionWords } from './question'
import { type createNames, identifierOf, shown, spelled, spelledList } from './spelling'

const dayMs = 86_400_000

interface Parts {
  readonly source: string
  readonly label: DraftLabel
  readonly labelProfile: ColumnProfile
  readonly time: ColumnProfile | null
  readonly inputs: readonly DraftInput[]
  readonly features: readonly DraftFeature[]
  readonly leftOut: readonly LeftOut[]
  readonly names: ReturnType<typeof createNames>
}

/** A number that a `use` brings in, for the scaling that linear models need. */
interface Amount {
  readonly name: string
  readonly isNullable: boolean
  readonly hasTail: boolean
}

interface Flow {
  readonly uses: string[]
  readonly lets: string[]
  readonly amounts: Amount[]
  /** What the linear model and the trees are given as it is. */
  readonly forBoth: string[]
  readonly forLinear: string[]
  readonly forTrees: string[]
}

/** Columns keep their names; one that needs backquotes gets a plain one for the model’s input. */
const inputUse = (input: DraftInput, names: Parts['names']): { readonly name: string; readonly text: string } => {
  const column = spelled(input.column)
  const name = column === input.column ? column : names(input.column)
  const stand = input.kind === 'flag' ? 'false' : '"unknown"'
  const value = input.kind !== 'number' && input.isNullable ? `coalesce(${column}, ${stand})` : column
  const note = remark(input.profile, input.kind === 'category')
  return { name, text: `use ${name}${value === name ? '' : ` = ${value}`}${note === '' ? '' : ` // ${note}`}` }
}

const addColumns = (flow: Flow, { inputs, names }: Parts): void => {
  for (const input of inputs) {
    const { name, text } = inputUse(input, names)
    flow.uses.push(text)
    if (input.kind === 'number') {
      flow.amounts.push({ name, isNullable: input.isNullable, hasTail: input.hasTail })
      flow.forTrees.push(name)
    } else if (input.kind === 'flag') flow.forBoth.push(name)
    else {
      const codes = names(`${name}_codes`)
      flow.lets.push(`let ${codes} = one_hot(${name}, max: ${input.max})`)
      flow.forBoth.push(codes)
    }
  }
}

/** Hour and weekday of the row’s own time, where its values differ in them. */
const addCalendar = (flow: Flow, { schema }: DraftFacts, { time, names }: Parts): void => {
  if (!time) return
  const isNullable = schema.columns.find(({ name }) => name === time.name)?.isNullable ?? true
  const column = spelled(time.name)
  const parts = [
    ...(time.type === 'time' && spanOf(time) > dayMs / 4 ? [['hour', 24] as const] : []),
    ...(spanOf(time) >= 7 * dayMs ? [['weekday', 7] as const] : []),
    ...(spanOf(time) >= 366 * dayMs ? [['month', 12] as const] : []),
  ]
  for (const [part, period] of parts) {
    const name = names(part)
    flow.uses.push(`use ${name} = ${part}(${column})`)
    flow.forLinear.push(`cyclic(${isNullable ? `impute(${name})` : name}, ${period})`)
    flow.forTrees.push(name)
  }
}

const addFeatures = (flow: Flow, { features }: Parts): void => {
  for (const { name, joins, isNullable } of features)
    for (const { by, input } of joins) {
      flow.uses.push(`use ${input}${input === name ? '' : ` = ${name}`} by ${spelledList([by])}`)
      flow.amounts.push({ name: input, isNullable, hasTail: false })
      flow.forTrees.push(input)
    }
}

/** Numbers of one kind are scaled together: one node of the graph instead of twenty. */
const addScaling = (flow: Flow, names: Parts['names']): void => {
  const add = (title: string, group: readonly Amount[], inside: (joined: string) => string): void => {
    if (group.length === 0) return
    const list = group.map((one) => one.name).join(', ')
    const name = names(title)
    flow.lets.push(`let ${name} = standardize(${inside(group.length === 1 ? list : `concat(${list})`)})`)
    flow.forLinear.push(name)
  }
  const [tails, others] = [flow.amounts.filter((one) => one.hasTail), flow.amounts.filter((one) => !one.hasTail)]
  add(
    'scaled',
    others.filter(({ isNullable }) => !isNullable),
    (joined) => joined,
  )
  add(
    'filled',
    others.filter(({ isNullable }) => isNullable),
    (joined) => `impute(${joined})`,
  )
  // Below −1 there is no logarithm, so the checker wants a stand-in for what never comes.
  add('logs', tails, (joined) => `impute(log1p(${joined}))`)
}

const reasonLines = (leftOut: readonly LeftOut[]): string[] => {
  const byReason = Map.groupBy(leftOut, ({ reason }) => reason)
  return [...byReason].map(([reason, columns]) => {
    const named = columns.slice(0, 6).map(({ column }) => shown(column))
    const more = columns.length > named.length ? ` and ${columns.length - named.length} more` : ''
    return `// Left out: ${named.join(', ')}${more} (${reason}).`
  })
}

/** Too few rows for deep trees. */
const fewRows = 5_000

export interface DraftModel {
  readonly name: string
  readonly label: string
  readonly text: string
}

/** The model of the draft; null where nothing is left to predict from. */
export const modelOf = (facts: DraftFacts, parts: Parts): DraftModel | null => {
  const { label, labelProfile, time, names, source } = parts
  const flow: Flow = { uses: [], lets: [], amounts: [], forBoth: [], forLinear: [], forTrees: [] }
  const predicted = names(labelNameOf(label, labelProfile))
  addColumns(flow, parts)
  addCalendar(flow, facts, parts)
  addFeatures(flow, parts)
  if (flow.uses.length === 0) return null
  addScaling(flow, names)
  const isNumber = label.kind === 'number'
  const [lin, gbt, blend] = [names('lin'), names('gbt'), names('blend')]
  const small = facts.rows < fewRows ? ', depth: 3, rounds: 100' : ''
  const model = identifierOf(`${source}_${predicted}`)
  const where = time && time.nulls > 0 ? ` where not is_null(${spelled(time.name)})` : ''
  const lines = [
    `observe ${source}${where}`,
    `predict ${predicted} = ${conditionOf(label)}`,
    '',
    ...flow.uses,
    ...reasonLines(parts.leftOut),
    '',
    ...flow.lets,
    `let ${lin} = ${isNumber ? 'ridge' : 'logistic'}(${[...flow.forLinear, ...flow.forBoth].join(', ')})`,
    `let ${gbt} = boosted_trees(${[...flow.forTrees, ...flow.forBoth].join(', ')}${small})`,
    `let ${blend} = mean(${lin}, ${gbt})`,
    '',
    `output ${names(`${predicted}_${isNumber ? 'value' : 'probability'}`)} = ${isNumber ? 'value' : 'probability'}(${blend})`,
    '',
    `train { split ${time ? 'time' : 'random'} 70/15/15  seed 7 }`,
    `validate { ${isNumber ? 'r2 >= 0.1' : 'auc >= 0.6'}  parity <= 1e-5 }`,
    'health { drift psi < 0.2 on inputs }',
  ]
  const body = lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')
  return {
    name: model,
    label: predicted,
    text: `/// ${questionWords(label, labelProfile)}\nmodel ${model} {\n${body}\n}`,
  }
}
