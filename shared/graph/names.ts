import type {
  Declaration,
  Document,
  Expression,
  FeatureDeclaration,
  Identifier,
  LetStatement,
  ModelDeclaration,
  OutputStatement,
  RankingStep,
  UseStatement,
} from '../language/ast'
import type { Span } from '../plan/plan'
import { type KnownColumns, type Meaning, meaningOf } from './meaning'

export type NameKind = 'source' | 'entity' | 'feature' | 'model' | 'use' | 'label' | 'let' | 'output'

/** Where a name stands. A bare use (`use distance`) both declares a model’s name and reads the column so called. */
export interface NamePlace {
  readonly span: Span
  readonly role: 'declaration' | 'bare use' | 'reference'
}

/** One name that a file declares, and every place that means it. */
export interface Named {
  /** `feature:busy`, `let:late_departure/far`; the graph’s node ids are these. */
  readonly id: string
  readonly kind: NameKind
  readonly name: string
  /** The model that the name lives in; null for names of the file. */
  readonly model: string | null
  readonly nameSpan: Span
  /** The whole statement. */
  readonly span: Span
  /** In the order of the text. */
  readonly places: readonly NamePlace[]
}

/** A name that another file declares, and every place of this file that means it. */
export interface ForeignName {
  readonly id: string
  readonly kind: Declaration['kind']
  readonly name: string
  readonly places: readonly NamePlace[]
}

export interface NameTable {
  readonly names: readonly Named[]
  readonly byId: ReadonlyMap<string, Named>
  /** By id, as far as this file means them. */
  readonly foreign: ReadonlyMap<string, ForeignName>
}

interface OpenNamed extends Named {
  readonly places: NamePlace[]
}

interface Placed {
  readonly id: string
  readonly places: NamePlace[]
}

export const declarationId = (declaration: Declaration): string => `${declaration.kind}:${declaration.name.text}`

export const statementId = (
  model: ModelDeclaration,
  statement: UseStatement | LetStatement | OutputStatement,
): string => `${statement.kind}:${model.name.text}/${statement.name.text}`

export const labelId = (model: ModelDeclaration): string => `label:${model.name.text}/${model.predict?.name.text ?? ''}`

/** Every name read in an expression, in the order of the text. Functions and argument names are not names of the file. */
export function namesIn(expression: Expression): Identifier[] {
  switch (expression.kind) {
    case 'name':
      return [expression.name]
    case 'call':
      return expression.args.flatMap((argument) => namesIn(argument.value))
    case 'unary':
      return namesIn(expression.operand)
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)]
    case 'conditional':
      return [expression.condition, expression.then, expression.otherwise].flatMap(namesIn)
    case 'range':
      return [...namesIn(expression.low), ...namesIn(expression.high)]
    case 'list':
      return expression.items.flatMap(namesIn)
    case 'number':
    case 'string':
    case 'bool':
    case 'null':
    case 'duration':
    case 'size':
    case 'error':
      return []
  }
}

/**
 * Resolves the names of one file. Features read features; uses read features and columns; lets and outputs read the model’s own names.
 * What the other files of its namespace declare it may mean too; its own declaration comes before theirs.
 */
export function nameTable(document: Document, columns?: KnownColumns, others: readonly Document[] = []): NameTable {
  const meaning = meaningOf(document, columns, others)
  const byId = new Map<string, OpenNamed>()
  const elsewhere = new Map<string, ForeignName & Placed>()
  const declare = (named: Omit<OpenNamed, 'places'>, role: NamePlace['role'] = 'declaration'): OpenNamed => {
    const known = byId.get(named.id)
    if (known) return known
    const open: OpenNamed = { ...named, places: [{ span: named.nameSpan, role }] }
    byId.set(named.id, open)
    return open
  }
  const find = (id: string): Placed | undefined => byId.get(id) ?? elsewhere.get(id)
  const refer = (id: string, identifier: Identifier | null) => {
    if (identifier) find(id)?.places.push({ span: identifier.span, role: 'reference' })
  }

  for (const declaration of document.declarations)
    declare({
      id: declarationId(declaration),
      kind: declaration.kind,
      name: declaration.name.text,
      model: null,
      nameSpan: declaration.name.span,
      span: declaration.span,
    })
  for (const other of others)
    for (const declaration of other.declarations) {
      const id = declarationId(declaration)
      if (!find(id)) elsewhere.set(id, { id, kind: declaration.kind, name: declaration.name.text, places: [] })
    }

  // What is imported stands under the name that it has here, which the import says.
  for (const { name, alias } of document.imports.flatMap(({ names }) => names))
    for (const kind of ['source', 'entity', 'feature'])
      if (elsewhere.has(`${kind}:${(alias ?? name).text}`)) refer(`${kind}:${(alias ?? name).text}`, alias ?? name)

  for (const declaration of document.declarations) {
    if (declaration.kind === 'feature') {
      if (declaration.entity) refer(`entity:${declaration.entity.text}`, declaration.entity)
      for (const name of replacementsOf(declaration)) refer(`feature:${name.text}`, name)
      const body = declaration.definition
      if (body?.from) refer(`source:${body.from.text}`, body.from)
      for (const name of body ? namesIn(body.expression) : [])
        if (meaning.readsFeature(declaration, name.text)) refer(`feature:${name.text}`, name)
    }
    if (declaration.kind === 'model') resolveModel(declaration, { meaning, columns, find, declare, refer })
  }

  const names = [...byId.values()]
  const foreign = new Map([...elsewhere].filter(([, { places }]) => places.length > 0))
  for (const { places } of [...names, ...foreign.values()]) places.sort((a, b) => a.span.start - b.span.start)
  return { names, byId, foreign }
}

/** `status deprecated(other)` names the feature to use instead. */
const replacementsOf = ({ attributes }: FeatureDeclaration): Identifier[] =>
  attributes.flatMap(({ name, value }) =>
    name.text === 'status' && value?.kind === 'call' && value.callee.text === 'deprecated' ? namesIn(value) : [],
  )

interface Resolving {
  readonly meaning: Meaning
  readonly columns: KnownColumns | undefined
  readonly find: (id: string) => Placed | undefined
  readonly declare: (named: Omit<OpenNamed, 'places'>, role?: NamePlace['role']) => OpenNamed
  readonly refer: (id: string, identifier: Identifier | null) => void
}

function resolveModel(model: ModelDeclaration, resolving: Resolving): void {
  const { meaning, find, declare, refer } = resolving
  const modelName = model.name.text
  /** The model’s own names: what lets and outputs may read. */
  const scope = new Map<string, string>()
  if (model.observe) refer(`source:${model.observe.source.text}`, model.observe.source)
  if (model.predict)
    declare({
      id: labelId(model),
      kind: 'label',
      name: model.predict.name.text,
      model: modelName,
      nameSpan: model.predict.name.span,
      span: model.predict.span,
    })
  for (const statement of model.statements) {
    const { name } = statement
    const observed = model.observe?.source.text
    const feature = find(`feature:${name.text}`)
    if (
      statement.kind === 'use' &&
      !statement.expression &&
      feature &&
      meaning.usesFeature(statement, name.text, observed)
    ) {
      feature.places.push({ span: name.span, role: 'bare use' })
      if (!scope.has(name.text)) scope.set(name.text, feature.id)
      continue
    }
    const id = statementId(model, statement)
    const isBareColumn = statement.kind === 'use' && !statement.expression
    declare(
      { id, kind: statement.kind, name: name.text, model: modelName, nameSpan: name.span, span: statement.span },
      isBareColumn ? 'bare use' : 'declaration',
    )
    if (!scope.has(name.text)) scope.set(name.text, id)
  }
  for (const statement of model.statements) {
    if (!statement.expression) continue
    for (const name of namesIn(statement.expression)) {
      const id = statement.kind === 'use' ? `feature:${name.text}` : scope.get(name.text)
      if (statement.kind === 'use' && !meaning.usesFeature(statement, name.text, model.observe?.source.text)) continue
      if (id) refer(id, name)
    }
  }
  for (const clause of model.train?.clauses ?? []) {
    if (clause.kind === 'split' && clause.entity) refer(`entity:${clause.entity.text}`, clause.entity)
    if (clause.kind === 'online' && clause.source) refer(`source:${clause.source.text}`, clause.source)
  }
  resolveSteps(model, scope, resolving)
}

/** Steps read outputs first, then columns of the observed source, then the model’s other names. */
function resolveSteps(
  model: ModelDeclaration,
  scope: ReadonlyMap<string, string>,
  { columns, find, refer }: Resolving,
): void {
  const known = columns?.get(model.observe?.source.text ?? '')
  for (const step of model.steps) {
    if (step.kind === 'union' && step.source) refer(`source:${step.source.text}`, step.source)
    const expression = stepExpression(step)
    for (const name of expression ? namesIn(expression) : []) {
      const output = `output:${model.name.text}/${name.text}`
      const id = find(output) ? output : known?.has(name.text) ? undefined : scope.get(name.text)
      if (id) refer(id, name)
    }
  }
}

export const stepExpression = (step: RankingStep): Expression | null => {
  if (step.kind === 'filter') return step.condition
  return step.kind === 'top' || step.kind === 'sort' ? step.by : null
}

/** The name of another file that stands at an offset, its end included. */
export const foreignAt = (table: NameTable, offset: number): { named: ForeignName; place: NamePlace } | null => {
  for (const named of table.foreign.values())
    for (const place of named.places)
      if (place.span.start <= offset && offset <= place.span.end) return { named, place }
  return null
}

/** The name that stands at an offset, its end included, so that a cursor right after a name means it. */
export const nameAt = (table: NameTable, offset: number): { named: Named; place: NamePlace } | null => {
  for (const named of table.names)
    for (const place of named.places)
      if (place.span.start <= offset && offset <= place.span.end) return { named, place }
  return null
}
