import type { ModelDeclaration } from '../ast'
import type { Fix } from '../diagnostic'
import { namesOf } from './order'
import { type Report, written } from './report'
import type { CheckedFeature, CheckedModel, NamespaceSymbols } from './symbols'
import { columnsOf, writtenKeys } from './uses'

/** What is allowed but probably not meant. */
export const advise = (symbols: NamespaceSymbols, report: Report): void => {
  for (const model of symbols.models.values()) {
    adviseLeakage(model, report)
    adviseInclusive(model, symbols, report)
    adviseSearch(model, report)
    adviseUnusedNames(model, report)
  }
  // A namespace without a model is a library of features: others use them.
  if (symbols.models.size > 0) adviseUnusedDeclarations(symbols, report)
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
const withReads = (name: string, { features }: NamespaceSymbols): readonly CheckedFeature[] => {
  const found = new Map<string, CheckedFeature>()
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const feature = features.get(next)
    if (!feature || found.has(next)) continue
    found.set(next, feature)
    open.push(...feature.reads)
  }
  return [...found.values()]
}

const adviseInclusive = (model: CheckedModel, symbols: NamespaceSymbols, report: Report): void => {
  for (const use of model.uses) {
    if (use.feature === null) continue
    for (const { file, declaration, source } of withReads(use.feature, symbols)) {
      const body = declaration.definition
      if (body?.window?.kind !== 'time' || !body.window.isInclusive || body.lag !== null) continue
      if (!source || source !== model.source) continue
      const words = {
        feature: declaration.name.text,
        model: model.declaration.name.text,
        source: source.declaration.name.text,
      }
      const { span, duration } = body.window
      const fix: Fix = {
        title: 'Remove `inclusive`',
        edits: [{ span: { start: duration.span.end, end: span.end }, text: '' }],
      }
      report.add(file, 'PML2102', span, words, [fix])
    }
  }
}

const adviseSearch = ({ file, declaration, nodes, search }: CheckedModel, report: Report): void => {
  const tuned = nodes.flatMap(({ params, span }) =>
    Object.entries(params).flatMap(([name, value]) =>
      typeof value === 'object' && 'tune' in value ? [{ name, span }] : [],
    ),
  )
  const [first] = tuned
  if (first && !search && !declaration.train?.clauses.some(({ kind }) => kind === 'search'))
    report.add(file, 'PML2105', first.span, { name: first.name })
  const clause = declaration.train?.clauses.find(({ kind }) => kind === 'search')
  if (search && clause && !first && !report.hasErrorIn(file, declaration.span))
    report.add(file, 'PML2106', clause.span, {})
}

const adviseUnusedNames = ({ file, declaration }: CheckedModel, report: Report): void => {
  const read = new Set(declaration.statements.flatMap((each) => (each.kind === 'use' ? [] : namesOf(each.expression))))
  for (const statement of declaration.statements) {
    if (statement.kind === 'output' || read.has(statement.name.text)) continue
    report.add(file, 'PML2107', statement.name.span, { name: statement.name.text, model: declaration.name.text })
  }
}

const adviseUnusedDeclarations = (symbols: NamespaceSymbols, report: Report): void => {
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
  }
  for (const { declaration } of symbols.features.values()) {
    const body = declaration.definition
    if (declaration.entity) entities.add(declaration.entity.text)
    if (body?.from) sources.add(body.from.text)
    else if (body) for (const name of namesOf(body.expression)) features.add(name)
  }
  for (const [name, feature] of symbols.features)
    if (!features.has(name))
      report.add(
        feature.file,
        'PML2104',
        feature.declaration.name.span,
        { feature: name },
        fixesByUse(feature, symbols),
      )
  for (const [name, { file, declaration }] of symbols.sources)
    if (!sources.has(name)) report.add(file, 'PML2108', declaration.name.span, { kind: 'source', name })
  for (const [name, { file, declaration }] of symbols.entities)
    if (!entities.has(name)) report.add(file, 'PML2108', declaration.name.span, { kind: 'entity', name })
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

const keysIn = (feature: CheckedFeature, model: CheckedModel, { features }: NamespaceSymbols): string | null => {
  if (!feature.entity) return feature.source === model.source ? '' : null
  for (const { statement, feature: name } of model.uses)
    if (name !== null && statement.by.length > 0 && features.get(name)?.entity === feature.entity)
      return writtenKeys(statement.by.map(({ text }) => text))
  const columns = model.source?.columns
  if (columns && feature.entity.keys.every(({ name, type }) => columns.get(name)?.type === type))
    return writtenKeys(feature.entity.keys.map(({ name }) => name))
  const from = feature.declaration.definition?.by.map(({ text }) => text) ?? []
  return feature.source === model.source && from.length > 0 ? writtenKeys(from) : null
}
