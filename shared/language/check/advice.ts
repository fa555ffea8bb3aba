import type { ModelDeclaration } from '../ast'
import type { Fix } from '../diagnostic'
import { removal as remove } from '../diagnostics/fixes'
import type { Declared, ImportedPlace } from './declared'
import { removal } from './importEdits'
import type { Memory } from './memory'
import { namesOf } from './order'
import { type Report, written } from './report'
import { type CheckedFeature, type CheckedModel, featureNamed, type NamespaceSymbols } from './symbols'
import { columnsOf, writtenKeys } from './uses'

export interface AdviceContext {
  readonly report: Report
  readonly memory: Memory
  readonly imports: Declared['imports']
  /** Whether another namespace imports a declaration of this one. */
  readonly isWantedElsewhere: (kind: ImportedPlace['kind'], name: string) => boolean
}

/** What is allowed but probably not meant. */
export const advise = (symbols: NamespaceSymbols, context: AdviceContext): void => {
  const { report, memory } = context
  for (const model of symbols.models.values()) {
    const tell = () => {
      adviseLeakage(model, report)
      adviseInclusive(model, symbols, report)
      adviseSplit(model, symbols, report)
      adviseSearch(model, report)
      adviseUnusedNames(model, report)
    }
    // What an imported feature reads is not among what the check of the model looked up.
    if (symbols.imported.features.size > 0) tell()
    else memory.tellOnce(model, report, tell)
  }
  const used = usedIn(symbols)
  for (const [local, { file, kind, imported, statement }] of context.imports)
    if (!used[kind].has(local))
      report.add(file, 'PML2111', (imported.alias ?? imported.name).span, { name: local }, [
        removal(imported, statement),
      ])
  // A namespace without a model is a library of features: others use them.
  if (symbols.models.size > 0) adviseUnusedDeclarations(symbols, used, context)
}

const adviseLeakage = ({ file, label, uses }: CheckedModel, report: Report): void => {
  if (!label) return
  const known = new Set(columnsOf(label.expr))
  for (const { plan, statement } of uses) {
    if (plan?.definition.kind !== 'row') continue
    const columns = [...new Set(columnsOf(plan.definition.expr))].filter((column) => known.has(column))
    if (columns.length > 0)
      report.add(file, 'PML2101', statement.span, { name: statement.name.text, columns, label: label.name })
  }
}

/** The feature and all that it is computed from. */
const withReads = (name: string, symbols: NamespaceSymbols): readonly CheckedFeature[] => {
  const found = new Map<string, CheckedFeature>()
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const feature = featureNamed(symbols, next)
    if (!feature || found.has(next)) continue
    found.set(next, feature)
    open.push(...feature.reads)
  }
  return [...found.values()]
}

const adviseInclusive = (model: CheckedModel, symbols: NamespaceSymbols, report: Report): void => {
  for (const use of model.uses) {
    if (use.feature === null) continue
    for (const { file, declaration, source, plan } of withReads(use.feature, symbols)) {
      const body = declaration.definition
      if (plan?.definition.form !== 'aggregate' || !body || body.lag !== null) continue
      if (!source || source !== model.source) continue
      const { rule } = plan.definition.window
      if (rule === 'open' || rule === 'chronon') continue
      const words = {
        feature: declaration.name.text,
        model: model.declaration.name.text,
        source: source.declaration.name.text,
        rule: rule === 'inclusive' ? rule : `like ${rule}`,
      }
      const { window } = body
      const like = declaration.attributes.find((each) => each.name.text === 'like')
      const fixes: Fix[] =
        rule === 'inclusive' && window?.kind === 'time'
          ? [
              {
                title: 'Remove `inclusive`',
                edits: [{ span: { start: window.duration.span.end, end: window.span.end }, text: '' }],
              },
            ]
          : []
      report.add(file, 'PML2102', (rule === 'inclusive' ? window : like)?.span ?? declaration.name.span, words, fixes)
    }
  }
}

/** Rows that belong together in training and in test. */
const adviseSplit = (model: CheckedModel, symbols: NamespaceSymbols, report: Report): void => {
  const { file, declaration, source, train, uses } = model
  if (train.split.kind !== 'random' || !source) return
  const clause = declaration.train?.clauses.find(({ kind }) => kind === 'split')
  const place = clause?.span ?? declaration.train?.span ?? declaration.name.span
  const rewrite = (text: string): Fix[] =>
    clause ? [{ title: `Write \`${text}\``, edits: [{ span: clause.span, text }] }] : []
  if (source.declaration.time !== null) {
    const words = { source: source.declaration.name.text }
    report.add(file, 'PML2113', place, words, rewrite('split time 70/15/15'))
    return
  }
  const rowKey = source.declaration.row.map(({ text }) => text)
  for (const { feature, statement } of uses) {
    const entity = feature === null ? null : (featureNamed(symbols, feature)?.entity ?? null)
    if (!entity?.keys.every(({ name }) => source.columns?.has(name))) continue
    const keys = statement.by.map(({ text }) => text)
    // Where the entity’s keys tell the rows apart, each row is an entity of its own.
    if (rowKey.length > 0 && rowKey.every((name) => keys.includes(name))) continue
    const name = entity.declaration.name.text
    report.add(file, 'PML2114', place, { entity: name }, rewrite(`split by ${written(name)} 70/15/15`))
    return
  }
}

/** A search at the end of `train`, or a `train` with one at the end of the model. */
const searching = ({ train, span }: ModelDeclaration, task: string | null): Fix => {
  const clause = `search 20 trials ${task === 'regression' ? 'minimize rmse' : 'maximize auc'}`
  const end = (train ?? { span }).span.end - 1
  const text = train ? `  ${clause} ` : `  train { ${clause} }\n`
  return { title: `Add \`${clause}\``, edits: [{ span: { start: end, end }, text }] }
}

const adviseSearch = ({ file, declaration, label, nodes, train: { search } }: CheckedModel, report: Report): void => {
  const tuned = nodes.flatMap(({ params, span }) =>
    Object.entries(params).flatMap(([name, value]) =>
      typeof value === 'object' && 'tune' in value ? [{ name, span }] : [],
    ),
  )
  const [first] = tuned
  if (first && !search && !declaration.train?.clauses.some(({ kind }) => kind === 'search'))
    report.add(file, 'PML2105', first.span, { name: first.name }, [searching(declaration, label?.task ?? null)])
  const clause = declaration.train?.clauses.find(({ kind }) => kind === 'search')
  if (search && clause && !first && !report.hasErrorIn(file, declaration.span))
    report.add(file, 'PML2106', clause.span, {})
}

const adviseUnusedNames = ({ file, declaration }: CheckedModel, report: Report): void => {
  const read = new Set([
    ...declaration.statements.flatMap((each) => (each.kind === 'use' ? [] : namesOf(each.expression))),
    ...declaration.steps.flatMap((step) =>
      step.kind === 'filter'
        ? namesOf(step.condition)
        : step.kind === 'top' || step.kind === 'sort'
          ? namesOf(step.by)
          : [],
    ),
  ])
  for (const statement of declaration.statements) {
    if (statement.kind === 'output' || read.has(statement.name.text)) continue
    report.add(file, 'PML2107', statement.name.span, { name: statement.name.text, model: declaration.name.text }, [
      remove('Remove it', report.textOf(file), statement.span),
    ])
  }
}

type Used = Readonly<Record<ImportedPlace['kind'], ReadonlySet<string>>>

/** Names that the declarations of a namespace say, by what they may mean. */
const usedIn = (symbols: NamespaceSymbols): Used => {
  const features = new Set<string>()
  const sources = new Set<string>()
  const entities = new Set<string>()
  for (const { declaration } of symbols.models.values()) {
    if (declaration.observe) sources.add(declaration.observe.source.text)
    for (const statement of declaration.statements)
      if (statement.kind === 'use')
        for (const name of [statement.name.text, ...(statement.expression ? namesOf(statement.expression) : [])])
          features.add(name)
    for (const clause of declaration.train?.clauses ?? [])
      if (clause.kind === 'split' && clause.entity) entities.add(clause.entity.text)
      else if (clause.kind === 'online' && clause.source) sources.add(clause.source.text)
    for (const step of declaration.steps) if (step.kind === 'union' && step.source) sources.add(step.source.text)
  }
  for (const { declaration } of symbols.features.values()) {
    const body = declaration.definition
    if (declaration.entity) entities.add(declaration.entity.text)
    if (body?.from) sources.add(body.from.text)
    if (body) for (const name of namesOf(body.expression)) features.add(name)
  }
  return { source: sources, entity: entities, feature: features }
}

const adviseUnusedDeclarations = (
  symbols: NamespaceSymbols,
  used: Used,
  { report, isWantedElsewhere }: AdviceContext,
): void => {
  const isUsed = (kind: ImportedPlace['kind'], name: string) => used[kind].has(name) || isWantedElsewhere(kind, name)
  for (const [name, feature] of symbols.features)
    if (!isUsed('feature', name))
      report.add(
        feature.file,
        'PML2104',
        feature.declaration.name.span,
        { feature: name },
        fixesByUse(feature, symbols),
      )
  for (const [name, { file, declaration }] of symbols.sources)
    if (!isUsed('source', name))
      report.add(file, 'PML2108', declaration.name.span, { kind: 'source', name }, [
        remove('Remove the source', report.textOf(file), declaration.span),
      ])
  for (const [name, { file, declaration }] of symbols.entities)
    if (!isUsed('entity', name))
      report.add(file, 'PML2108', declaration.name.span, { kind: 'entity', name }, [
        remove('Remove the entity', report.textOf(file), declaration.span),
      ])
}

/** “Use it in …”: a `use` after the last one of each model of the same file that can join the feature. */
const fixesByUse = (feature: CheckedFeature, symbols: NamespaceSymbols): Fix[] => {
  const fixes: Fix[] = []
  for (const model of symbols.models.values()) {
    if (model.file !== feature.file) continue
    const keys = keysIn(feature, model, symbols)
    const last = lastUse(model.declaration)
    if (keys === null || !last) continue
    const text = `\n  use ${written(feature.declaration.name.text)}${keys === '' ? '' : ` by ${keys}`}`
    fixes.push({
      title: `Use it in ${model.declaration.name.text}`,
      edits: [{ span: { start: last.span.end, end: last.span.end }, text }],
    })
  }
  return fixes
}

const lastUse = (model: ModelDeclaration) => model.statements.findLast(({ kind }) => kind === 'use')

const keysIn = (feature: CheckedFeature, model: CheckedModel, symbols: NamespaceSymbols): string | null => {
  if (!feature.entity) return feature.source === model.source ? '' : null
  for (const { statement, feature: name } of model.uses)
    if (name !== null && statement.by.length > 0 && featureNamed(symbols, name)?.entity === feature.entity)
      return writtenKeys(statement.by.map(({ text }) => text))
  const columns = model.source?.columns
  if (columns && feature.entity.keys.every(({ name, type }) => columns.get(name)?.type === type))
    return writtenKeys(feature.entity.keys.map(({ name }) => name))
  const from = feature.declaration.definition?.by.map(({ text }) => text) ?? []
  return feature.source === model.source && from.length > 0 ? writtenKeys(from) : null
}
