import type { ModelPlan, NodePlan, OutputPlan } from '../../plan/plan'
import { caseless } from '../../sql/quote'
import type { Identifier, LetStatement, ModelDeclaration, OutputStatement, UseStatement } from '../ast'
import type { Fix } from '../diagnostic'
import { nearest } from '../nearest'
import { findOperator } from '../operators/table'
import { checkClauses } from './clauses'
import { type Declared, type Place, tellUnknown } from './declared'
import { checkCondition } from './featureClauses'
import { type Memory, WatchedMap } from './memory'
import { compileInner, compileLet, type NodeScope, taskNames } from './nodes'
import { dependencyOrder, namesOf } from './order'
import { checkRanking } from './ranking'
import { type Report, replacements, written } from './report'
import { checkRow, tellBareNull } from './rowExpressions'
import { sourceScope } from './sources'
import type {
  CheckedEntity,
  CheckedFeature,
  CheckedModel,
  CheckedSource,
  CheckedUse,
  ModelValue,
  Task,
} from './symbols'
import { typeName } from './types'
import { checkUse, rowScope, type UseContext, writtenKeys } from './uses'

export interface ModelContext {
  readonly report: Report
  readonly namespace: string
  readonly all: ReadonlyMap<string, Declared>
  readonly sources: ReadonlyMap<string, CheckedSource>
  readonly entities: ReadonlyMap<string, CheckedEntity>
  /** Those of the namespace, and those that it imports. */
  readonly features: ReadonlyMap<string, CheckedFeature>
  readonly memory: Memory
}

export const recallModel = (place: Place<ModelDeclaration>, context: ModelContext): CheckedModel => {
  const { sources, entities, features, memory } = context
  const world = {
    source: (name: string) => sources.get(name),
    entity: (name: string) => entities.get(name),
    feature: (name: string) => features.get(name),
  }
  return memory.recall(place.declaration, { ...context, file: place.file }, world, (watched) =>
    checkModel(place, {
      ...context,
      sources: new WatchedMap(sources, watched.source),
      entities: new WatchedMap(entities, watched.entity),
      features: new WatchedMap(features, watched.feature),
    }),
  )
}

const checkModel = ({ file, declaration }: Place<ModelDeclaration>, context: ModelContext): CheckedModel => {
  const { report, namespace } = context
  const source = observedSource(declaration, file, context)
  const useContext: UseContext = { ...context, file, source, keysByEntity: saidKeys(declaration, context) }
  const where = declaration.observe?.where
  const filter = where && source ? checkCondition(where, 'where', sourceScope(source, { report, file })).expr : null
  const label = declaration.predict ? checkLabel(declaration.predict, useContext) : null
  const task = label?.task === 'regression' || label?.task === 'binary' ? label.task : null

  checkNames(declaration, file, report)
  const uses = declaration.statements
    .filter((each) => each.kind === 'use')
    .map((statement) => checkUse(statement, useContext))
  const lets = declaration.statements.filter((each) => each.kind === 'let')
  const outputs = declaration.statements.filter((each) => each.kind === 'output')
  const isLabelBroken = declaration.predict !== null && label === null
  const flow = checkFlow(
    { declaration, uses, lets, outputs, task: isLabelBroken ? 'binary' : task, isLabelBroken },
    file,
    report,
  )
  const isEmpty = declaration.span.end === declaration.name.span.end
  if (!declaration.observe && !report.hasErrorIn(file, declaration.span))
    report.add(
      file,
      'PML1501',
      declaration.name.span,
      { model: declaration.name.text },
      observing(declaration, context),
    )
  if (outputs.length === 0 && !isEmpty && !report.hasErrorIn(file, declaration.span))
    report.add(
      file,
      'PML1502',
      declaration.name.span,
      { model: declaration.name.text },
      leaving(declaration, flow, task),
    )
  return {
    file,
    namespace,
    declaration,
    source,
    observation: source ? { source: source.declaration.name.text, filter } : null,
    label,
    uses,
    statements: [...lets, ...outputs],
    ...flow,
    ...checkClauses(declaration, { ...useContext, task }),
    ranking: checkRanking(declaration, flow, useContext),
  }
}

/** “Observe …”: one of the sources that there are. */
const observing = ({ predict, statements }: ModelDeclaration, { sources }: ModelContext): Fix[] => {
  const first = predict?.span.start ?? statements[0]?.span.start
  if (first === undefined) return []
  return [...sources.keys()].slice(0, 3).map((source) => ({
    title: `Observe \`${source}\``,
    edits: [{ span: { start: first, end: first }, text: `observe ${written(source)}\n  ` }],
  }))
}

/** “Output …”: the last prediction, or where nothing is predicted the last value. */
const leaving = (
  { statements }: ModelDeclaration,
  { values }: Pick<CheckedModel, 'values'>,
  task: Task | null,
): Fix[] => {
  const lets = statements.filter((each) => each.kind === 'let')
  const last =
    lets.findLast(({ name }) => values.get(name.text)?.isPrediction) ?? (task === null ? lets.at(-1) : undefined)
  const end = statements.at(-1)?.span.end
  if (!last || end === undefined) return []
  const output =
    task === 'binary'
      ? `output probability = probability(${written(last.name.text)})`
      : `output value = value(${written(last.name.text)})`
  return [{ title: `Add \`${output}\``, edits: [{ span: { start: end, end }, text: `\n  ${output}` }] }]
}

const observedSource = ({ observe }: ModelDeclaration, file: string, context: ModelContext): CheckedSource | null => {
  if (!observe) return null
  const source = context.sources.get(observe.source.text)
  if (!source) tellUnknown('source', observe.source, { ...context, file })
  return source ?? null
}

/** `by` clauses of the model as written, by the entity that they join. */
const saidKeys = (declaration: ModelDeclaration, { features }: ModelContext): ReadonlyMap<string, string> => {
  const said = new Map<string, string>()
  for (const statement of declaration.statements) {
    if (statement.kind !== 'use' || statement.by.length === 0) continue
    const name = statement.expression?.kind === 'name' ? statement.expression.name.text : statement.name.text
    const entity = features.get(name)?.entity?.declaration.name.text
    if (entity && !said.has(entity)) said.set(entity, writtenKeys(statement.by.map(({ text }) => text)))
  }
  return said
}

const checkLabel = (predict: NonNullable<ModelDeclaration['predict']>, context: UseContext): ModelPlan['label'] => {
  const value = checkRow(predict.expression, rowScope(context))
  tellBareNull(value, predict.expression.span, context)
  if (value.type === 'unknown') return null
  if (value.type !== 'bool' && value.type !== 'int' && value.type !== 'float') {
    context.report.add(context.file, 'PML1524', predict.expression.span, {
      label: predict.name.text,
      type: typeName(value.type),
    })
    return null
  }
  return {
    name: predict.name.text,
    expr: value.expr,
    type: value.type,
    task: value.type === 'bool' ? 'binary' : 'regression',
  }
}

const checkNames = (declaration: ModelDeclaration, file: string, report: Report): void => {
  const label = declaration.predict?.name.text
  const seen = new Set(label === undefined ? [] : [label])
  /** Of a training set: the engine takes `Delay` and `delay` for one column, and would give one’s values for both. */
  const columns = new Map(label === undefined ? [] : [[caseless(label), label]])
  for (const { kind, name } of declaration.statements) {
    const other = seen.has(name.text) ? name.text : kind === 'use' ? columns.get(caseless(name.text)) : undefined
    if (other !== undefined) report.add(file, 'PML1108', name.span, { name: name.text, other })
    seen.add(name.text)
    if (kind === 'use') columns.set(caseless(name.text), name.text)
  }
}

interface Flow {
  readonly declaration: ModelDeclaration
  readonly uses: readonly CheckedUse[]
  readonly lets: readonly LetStatement[]
  readonly outputs: readonly OutputStatement[]
  readonly task: Task | null
  readonly isLabelBroken: boolean
}

const checkFlow = (flow: Flow, file: string, report: Report): Pick<CheckedModel, 'values' | 'nodes' | 'outputs'> => {
  const { uses, lets, outputs, task } = flow
  const values = new Map<string, ModelValue>()
  for (const { value } of uses) if (!values.has(value.name)) values.set(value.name, value)
  const byName = new Map(lets.toReversed().map((statement) => [statement.name.text, statement]))
  for (const name of values.keys()) byName.delete(name)
  const { order, cycles } = dependencyOrder(
    lets.map(({ name }) => name.text).filter((name) => byName.has(name)),
    (name) => {
      const statement = byName.get(name)
      return statement ? namesOf(statement.expression).filter((other) => byName.has(other)) : []
    },
  )
  for (const cycle of cycles) {
    const statement = byName.get(cycle[0] ?? '')
    if (statement) report.add(file, 'PML1110', statement.name.span, { cycle })
  }
  const nodes: NodePlan[] = []
  const resolve = (name: Identifier): ModelValue | null => {
    const value = values.get(name.text)
    if (value) return value
    if (!byName.has(name.text))
      tellUnknownName(name, flow, { file, report, known: [...values.keys(), ...byName.keys()] })
    return null
  }
  const scope: NodeScope = { report, file, task, resolve, nodes }
  for (const name of order) {
    const statement = byName.get(name)
    if (statement) values.set(name, compileLet(name, statement.expression, scope, statement.span))
  }
  const plans = outputs.flatMap((statement) => checkOutput(statement, scope) ?? [])
  return { values, nodes, outputs: plans }
}

const tellUnknownName = (
  name: Identifier,
  { declaration, isLabelBroken }: Flow,
  { file, report, known }: { readonly file: string; readonly report: Report; readonly known: readonly string[] },
): void => {
  const near = nearest(name.text, known)
  const first = declaration.statements[0]
  const isLabel = declaration.predict?.name.text === name.text && !isLabelBroken
  const insertion =
    first && near.length === 0 && !isLabel
      ? [
          {
            title: `Add \`use ${name.text}\``,
            edits: [
              { span: { start: first.span.start, end: first.span.start }, text: `use ${written(name.text)}\n  ` },
            ],
          },
        ]
      : []
  report.add(file, 'PML1105', name.span, { name: name.text, nearest: near }, [
    ...replacements(name.span, near.map(written)),
    ...insertion,
  ])
}

/** `output p = probability(x)` */
const checkOutput = (statement: OutputStatement, scope: NodeScope): OutputPlan | null => {
  const { report, file, task } = scope
  const { expression, name } = statement
  if (expression.kind === 'error') return null
  const fn = expression.kind === 'call' ? outputFunction(expression.callee.text) : null
  if (expression.kind !== 'call' || fn === null) {
    compileInner(name.text, expression, scope)
    const guess = task === 'regression' ? 'value' : 'probability'
    const { start, end } = expression.span
    const edits = [
      { span: { start, end: start }, text: `${guess}(` },
      { span: { start: end, end }, text: ')' },
    ]
    if (!report.hasErrorIn(file, expression.span))
      report.add(file, 'PML1513', expression.span, { output: name.text, fn: guess }, [
        { title: `Write \`${guess}(…)\``, edits },
      ])
    return null
  }
  const operator = findOperator(fn, 'model')
  const [argument, ...more] = expression.args
  if (!operator || !argument || argument.name || more.length > 0) {
    report.add(file, 'PML1205', expression.span, {
      operator: fn,
      signature: `${fn}(x: prediction)`,
      found: expression.args.length,
    })
    return null
  }
  const value = compileInner(name.text, argument.value, scope)
  if (!value || value.type === 'unknown') return null
  if (!value.isPrediction && (task !== null || fn !== 'value')) {
    report.add(file, 'PML1515', argument.span, { operator: fn, input: value.name.split('$')[0] ?? value.name })
    return null
  }
  if (task && !operator.tasks?.includes(task)) {
    const instead = task === 'binary' ? ['probability', 'class'] : ['value']
    const fixes = replacements(expression.callee.span, instead)
    report.add(file, 'PML1512', expression.callee.span, { operator: fn, task: taskNames[task], instead }, fixes)
    return null
  }
  return { name: name.text, node: value.name, fn, span: statement.span }
}

const outputFunction = (name: string): OutputPlan['fn'] | null =>
  name === 'probability' || name === 'class' || name === 'value' ? name : null

export const usesIn = (declaration: ModelDeclaration): readonly UseStatement[] =>
  declaration.statements.filter((each) => each.kind === 'use')
