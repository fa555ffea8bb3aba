import type {
  Declaration,
  Document,
  Expression,
  FeatureDeclaration,
  ModelDeclaration,
  ModelStatement,
  SourceDeclaration,
  UseStatement,
} from '../language/ast'
import { findOperator } from '../language/operators/table'
import type { Span } from '../plan/plan'
import type { FeatureGraph, GraphEdge, GraphNode, GraphNodeKind } from './graph'
import { type KnownColumns, type Meaning, meaningOf } from './meaning'
import { declarationId, labelId, namesIn, statementId, stepExpression } from './names'
import { expressionParameters, featureParameters, sourceParameters } from './parameters'

/** What the checker adds to the tree: types by node id, and where errors stand. */
export interface GraphFacts {
  readonly types?: ReadonlyMap<string, string>
  readonly errors?: readonly Span[]
  readonly columns?: KnownColumns
  /** The other files of the workspace: what a model uses may be declared there. */
  readonly others?: readonly { readonly file: string; readonly document: Document }[]
  /** Files of other namespaces: what this file imports is declared there. */
  readonly foreign?: readonly { readonly file: string; readonly document: Document }[]
}

interface Builder {
  readonly text: string
  readonly facts: GraphFacts
  readonly nodes: Map<string, GraphNode>
  readonly edges: Map<string, GraphEdge>
}

/**
 * The graph of one model: its uses, lets and outputs, the features they need and the sources those read.
 * Without a model: every source and feature of the file. One name is one node.
 */
export function buildGraph(document: Document, modelName: string | null, facts: GraphFacts = {}): FeatureGraph {
  const builder: Builder = { text: document.text, facts, nodes: new Map(), edges: new Map() }
  const others = facts.others ?? []
  const meaning = meaningOf(
    document,
    facts.columns,
    others.map((other) => other.document),
  )
  const sources = named(document, 'source', others)
  const features = named(document, 'feature', others)
  const imported = importedFeatures(document, facts.foreign ?? [])
  const model = modelName === null ? null : (named(document, 'model').get(modelName)?.declaration ?? null)

  const addSource = (name: string): string | null => {
    const source = sources.get(name)
    return source ? addSourceNode(builder, source) : null
  }
  const visiting = new Set<string>()
  const addFeature = (name: string): string | null => {
    const feature = features.get(name)
    if (!feature) return addImported(builder, name, imported.get(name))
    const id = declarationId(feature.declaration)
    if (builder.nodes.has(id) || visiting.has(id)) return id
    visiting.add(id)
    const body = feature.declaration.definition
    const from = body?.from ? [addSource(body.from.text)] : []
    const read = (body ? namesIn(body.expression) : [])
      .filter((identifier) => meaning.readsFeature(feature.declaration, identifier.text))
      .map((identifier) => addFeature(identifier.text))
    addFeatureNode(builder, feature)
    for (const input of [...from, ...read]) if (input) connect(builder, input, id)
    return id
  }

  if (model) addModel(builder, model, meaning, addSource, addFeature)
  else {
    for (const [name, { file }] of sources) if (file === null) addSource(name)
    for (const [name, { file }] of features) if (file === null) addFeature(name)
  }
  // Edges of a cycle may name a node that was still being visited when they were made; all nodes exist by now.
  const edges = [...builder.edges.values()].filter((edge) => builder.nodes.has(edge.from) && builder.nodes.has(edge.to))
  return { model: model?.name.text ?? null, nodes: [...builder.nodes.values()], edges }
}

/** Features of other namespaces by the names that they have here. What they are made of is drawn in their own files. */
function importedFeatures(
  document: Document,
  foreign: NonNullable<GraphFacts['foreign']>,
): Map<string, Declared<FeatureDeclaration>> {
  const found = new Map<string, Declared<FeatureDeclaration>>()
  for (const { names, from } of document.imports) {
    const other = foreign.find(({ file }) => file === from?.text)
    if (!other) continue
    const there = named(other.document, 'feature')
    for (const { name, alias } of names) {
      const feature = there.get(name.text)
      if (feature) found.set((alias ?? name).text, { ...feature, file: other.file })
    }
  }
  return found
}

function addImported(builder: Builder, name: string, feature: Declared<FeatureDeclaration> | undefined): string | null {
  if (!feature) return null
  const id = `feature:${name}`
  if (!builder.nodes.has(id)) {
    addFeatureNode(builder, feature, id)
    const node = builder.nodes.get(id)
    if (node) builder.nodes.set(id, { ...node, name })
  }
  return id
}

/** Names of the models of a file, in its order. */
export const modelNames = (document: Document): string[] => [...named(document, 'model').keys()]

/** A declaration with the text that its spans mean. */
interface Declared<D> {
  readonly declaration: D
  readonly text: string
  readonly file: string | null
}

/** By name; what this file declares comes before what the others do. */
function named<K extends Declaration['kind']>(
  document: Document,
  kind: K,
  others: NonNullable<GraphFacts['others']> = [],
): Map<string, Declared<Extract<Declaration, { kind: K }>>> {
  const found = new Map<string, Declared<Extract<Declaration, { kind: K }>>>()
  for (const { file, document: one } of [{ file: null, document }, ...others])
    for (const declaration of one.declarations)
      if (isKind(declaration, kind) && !found.has(declaration.name.text))
        found.set(declaration.name.text, { declaration, text: one.text, file })
  return found
}

const isKind = <K extends Declaration['kind']>(
  declaration: Declaration,
  kind: K,
): declaration is Extract<Declaration, { kind: K }> => declaration.kind === kind

function addModel(
  builder: Builder,
  model: ModelDeclaration,
  meaning: Meaning,
  addSource: (name: string) => string | null,
  addFeature: (name: string) => string | null,
): void {
  const observed = model.observe ? addSource(model.observe.source.text) : null
  const scope = new Map<string, string>()
  if (model.predict) {
    const id = labelId(model)
    addNode(builder, {
      id,
      kind: 'label',
      name: model.predict.name.text,
      detail: `label · ${oneLine(slice(builder, model.predict.expression.span))}`,
      span: model.predict.span,
      nameSpan: model.predict.name.span,
      parameters: expressionParameters(builder.text, model.predict.expression, 'feature'),
      documentation: '',
      definition: oneLine(slice(builder, model.predict.expression.span)),
      inputs: [],
    })
    if (observed) connect(builder, observed, id)
  }
  for (const statement of model.statements) {
    const id =
      statement.kind === 'use'
        ? addUse(builder, model, statement, observed, (name) =>
            meaning.usesFeature(statement, name, model.observe?.source.text) ? addFeature(name) : null,
          )
        : addOperation(builder, model, statement)
    if (!scope.has(statement.name.text)) scope.set(statement.name.text, id)
  }
  // A name may be read before its line: edges are drawn when all names are known.
  for (const statement of model.statements) {
    if (statement.kind === 'use') continue
    const id = statementId(model, statement)
    for (const name of namesIn(statement.expression)) {
      const input = scope.get(name.text)
      if (input && input !== id) connect(builder, input, id)
    }
  }
  addSteps(builder, model)
}

/** What happens to the candidates of a request, one step after the other, behind the outputs. */
function addSteps(builder: Builder, model: ModelDeclaration): void {
  let before = model.statements.flatMap((each) => (each.kind === 'output' ? [statementId(model, each)] : []))
  for (const [index, step] of model.steps.entries()) {
    const id = `step:${model.name.text}/${index + 1}`
    const written = oneLine(slice(builder, step.span))
    const expression = stepExpression(step)
    addNode(builder, {
      id,
      kind: 'step',
      name: step.kind === 'top' ? `top ${step.count}` : step.kind,
      detail: written,
      span: step.span,
      nameSpan: { start: step.span.start, end: step.span.start + step.kind.length },
      parameters: expression ? expressionParameters(builder.text, expression, 'feature') : [],
      documentation: '',
      definition: written,
      inputs: [],
    })
    for (const input of before) connect(builder, input, id)
    before = [id]
  }
}

function addUse(
  builder: Builder,
  model: ModelDeclaration,
  use: UseStatement,
  observed: string | null,
  addFeature: (name: string) => string | null,
): string {
  const bareFeature = use.expression ? null : addFeature(use.name.text)
  if (bareFeature) {
    const node = builder.nodes.get(bareFeature)
    if (node)
      builder.nodes.set(bareFeature, {
        ...node,
        alsoAt: [...node.alsoAt, use.span],
        inputs: [...node.inputs, use.name.text],
      })
    return bareFeature
  }
  const id = statementId(model, use)
  if (builder.nodes.has(id)) return id
  const by = use.by.length > 0 ? ` by ${use.by.map((column) => column.text).join(', ')}` : ''
  const written = use.expression ? oneLine(slice(builder, use.expression.span)) : ''
  const type = builder.facts.types?.get(id)
  addNode(builder, {
    id,
    kind: 'use',
    name: use.name.text,
    detail: use.expression ? `${written}${by}` : (type ?? 'column'),
    span: use.span,
    nameSpan: use.name.span,
    parameters: use.expression ? expressionParameters(builder.text, use.expression, 'feature') : [],
    documentation: '',
    definition: use.expression ? `${written}${by}` : `column ${use.name.text}`,
    inputs: [use.name.text],
  })
  const names = use.expression ? namesIn(use.expression).map((name) => name.text) : [use.name.text]
  const features = names.map((name) => (use.expression ? addFeature(name) : null))
  for (const feature of features) {
    if (!feature) continue
    connect(builder, feature, id)
    // A feature that this use brings unchanged has the use's values.
    const node = builder.nodes.get(feature)
    if (node && use.expression?.kind === 'name')
      builder.nodes.set(feature, { ...node, inputs: [...node.inputs, use.name.text] })
  }
  if (observed && (features.length === 0 || features.includes(null))) connect(builder, observed, id)
  return id
}

function addOperation(
  builder: Builder,
  model: ModelDeclaration,
  statement: Exclude<ModelStatement, UseStatement>,
): string {
  const id = statementId(model, statement)
  if (builder.nodes.has(id)) return id
  const { expression } = statement
  addNode(builder, {
    id,
    kind: statement.kind === 'output' ? 'output' : operationKind(expression),
    name: statement.name.text,
    detail:
      statement.kind === 'output' ? oneLine(slice(builder, expression.span)) : operationDetail(builder, expression),
    span: statement.span,
    nameSpan: statement.name.span,
    parameters: expressionParameters(builder.text, expression, 'model'),
    documentation:
      expression.kind === 'call' ? (findOperator(expression.callee.text, 'model')?.documentation ?? '') : '',
    definition: oneLine(slice(builder, expression.span)),
    inputs: [],
  })
  return id
}

const operationKind = (expression: Expression): GraphNodeKind => {
  const roles = expression.kind === 'call' ? findOperator(expression.callee.text, 'model')?.roles : undefined
  if (roles?.includes('algorithm')) return 'algorithm'
  return roles?.includes('combinator') ? 'combinator' : 'transform'
}

/** `standardize(log1p)`, `cyclic(24)`, `one_hot · 50`, `boosted_trees`; anything else as written. */
function operationDetail(builder: Builder, expression: Expression): string {
  if (expression.kind !== 'call') return oneLine(slice(builder, expression.span))
  const { callee, args } = expression
  const kind = operationKind(expression)
  if (kind !== 'transform') return callee.text
  const nested = args.flatMap(({ value }) => (value.kind === 'call' ? [operationDetail(builder, value)] : []))
  const positional = args.flatMap(({ name, value }) =>
    !name && (value.kind === 'number' || value.kind === 'string') ? [slice(builder, value.span)] : [],
  )
  const extra = args.flatMap(({ name, value }) => (name ? [oneLine(slice(builder, value.span))] : []))
  const inside = [...nested, ...positional]
  const call = inside.length > 0 ? `${callee.text}(${inside.join(', ')})` : callee.text
  return [call, ...extra].join(' · ')
}

function addSourceNode(builder: Builder, { declaration: source, text, file }: Declared<SourceDeclaration>): string {
  const id = declarationId(source)
  if (builder.nodes.has(id)) return id
  const first = source.args[0]?.value
  const reader = source.reader?.text ?? 'source'
  addNode(builder, {
    id,
    kind: 'source',
    name: source.name.text,
    detail: first?.kind === 'string' ? first.value : reader,
    span: source.span,
    nameSpan: source.name.span,
    parameters: sourceParameters(text, source),
    file,
    documentation: source.documentation,
    definition: first?.kind === 'string' ? `${reader}("${first.value}")` : reader,
    inputs: [],
  })
  return id
}

function addFeatureNode(
  builder: Builder,
  { declaration: feature, text, file }: Declared<FeatureDeclaration>,
  id = declarationId(feature),
): void {
  const written = (span: Span) => oneLine(text.slice(span.start, span.end))
  const body = feature.definition
  const expression = body ? written(body.expression.span) : ''
  const window = body?.window ? written(body.window.span).replace(/^over /, '') : ''
  const lag = body?.lag ? `lag ${written(body.lag.span)}` : ''
  addNode(builder, {
    id,
    kind: 'feature',
    name: feature.name.text,
    detail: [expression, [window, lag].filter(Boolean).join(' ')].filter(Boolean).join(' · '),
    span: feature.span,
    nameSpan: feature.name.span,
    parameters: featureParameters(text, feature),
    file,
    documentation: feature.documentation,
    definition: body ? written(body.span).replace(/^= */, '') : '',
    inputs: [],
  })
}

function addNode(
  builder: Builder,
  node: Omit<GraphNode, 'type' | 'hasError' | 'alsoAt' | 'file'> & { readonly file?: string | null },
): void {
  const { types, errors } = builder.facts
  builder.nodes.set(node.id, {
    ...node,
    file: node.file ?? null,
    alsoAt: [],
    type: types?.get(node.id) ?? null,
    hasError: !node.file && (errors ?? []).some((error) => error.start < node.span.end && error.end > node.span.start),
  })
}

const connect = (builder: Builder, from: string, to: string): void => {
  const id = `${from}→${to}`
  builder.edges.set(id, { id, from, to })
}

const slice = (builder: Builder, span: Span): string => builder.text.slice(span.start, span.end)
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
