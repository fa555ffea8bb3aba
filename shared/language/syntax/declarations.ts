import type {
  Attribute,
  DurationLiteral,
  EntityDeclaration,
  FeatureBody,
  FeatureDeclaration,
  Identifier,
  Import,
  ImportedName,
  SourceDeclaration,
  WindowClause,
} from '../ast'
import type { Cursor } from './cursor'
import { parseArguments, parseDuration, parseExpression } from './expressions'
import { spanOf } from './lexer'

const sourceClauses: ReadonlySet<string> = new Set(['time', 'created', 'row', 'schema'])

/** `import a, b as c from "features/airports.proml"` */
export const parseImport = (cursor: Cursor): Import => {
  const start = cursor.next().start
  const names: ImportedName[] = []
  do {
    const name = cursor.expectName('a name to import')
    if (!name) break
    names.push({ name, alias: cursor.takeWord('as') ? cursor.expectName('the name to use here') : null })
  } while (cursor.takePunctuation(','))
  let from: Import['from'] = null
  if (names.length > 0 && cursor.expectWord('from')) {
    const token = cursor.peek()
    if (token.kind === 'string') from = { text: cursor.next().text, span: spanOf(token) }
    else cursor.failExpected('a file as a text, such as `"features/airports.proml"`')
  }
  return { span: cursor.spanFrom(start), names, from }
}

/** `source name = reader("path") { time t  created c  row (a, b)  schema (a: int) }` */
export const parseSource = (cursor: Cursor, documentation: string): SourceDeclaration | null => {
  const start = cursor.next().start
  const name = cursor.expectName('the source’s name')
  if (!name) return null
  let reader: Identifier | null = null
  let args: SourceDeclaration['args'] = []
  let time: Identifier | null = null
  let created: Identifier | null = null
  let row: readonly Identifier[] = []
  let schema: SourceDeclaration['schema'] = null
  if (cursor.expectPunctuation('=')) {
    reader = cursor.expectName('a reader such as `parquet("…")`')
    if (reader) args = parseArguments(cursor)
  }
  const open = cursor.peek()
  if (cursor.takePunctuation('{')) {
    const seen = new Set<string>()
    while (
      !cursor.isAtEnd() &&
      !cursor.isPunctuation('}') &&
      !(cursor.peek().isFirstOnLine && cursor.isDeclarationStart())
    ) {
      const clause = cursor.peek()
      if (!sourceClauses.has(clause.text) || clause.isQuoted) {
        cursor.failExpected('`time`, `created`, `row`, `schema` or `}`')
        cursor.next()
        cursor.skipUntil(
          () => cursor.isPunctuation('}') || (cursor.peek().isFirstOnLine && sourceClauses.has(cursor.peek().text)),
        )
        continue
      }
      cursor.next()
      if (seen.has(clause.text)) cursor.fail('PML1008', spanOf(clause), { clause: clause.text })
      seen.add(clause.text)
      if (clause.text === 'row') row = cursor.nameOrNames('a column')
      else if (clause.text === 'schema') {
        const list = cursor.peek()
        schema = cursor.expectPunctuation('(') ? cursor.typedNames(list, 'a column') : []
      } else if (clause.text === 'time') time = cursor.expectName('the column that holds the event time')
      else created = cursor.expectName('the column that says when a row arrived')
    }
    cursor.close(open, '}')
  }
  return { kind: 'source', span: cursor.spanFrom(start), name, documentation, reader, args, time, created, row, schema }
}

/** `entity route(origin: string, destination: string)` */
export const parseEntity = (cursor: Cursor, documentation: string): EntityDeclaration | null => {
  const start = cursor.next().start
  const name = cursor.expectName('the entity’s name')
  if (!name) return null
  const open = cursor.peek()
  const keys = cursor.expectPunctuation('(') ? cursor.typedNames(open, 'the name of a key') : []
  return { kind: 'entity', span: cursor.spanFrom(start), name, documentation, keys }
}

/** `feature name: type of entity = body attributes…` */
export const parseFeature = (cursor: Cursor, documentation: string): FeatureDeclaration | null => {
  const start = cursor.next().start
  const name = cursor.expectName('the feature’s name')
  if (!name) return null
  const type = cursor.takePunctuation(':') ? cursor.expectType() : null
  const entity = cursor.takeWord('of') ? cursor.expectName('an entity') : null
  const definition = cursor.expectPunctuation('=') ? parseBody(cursor) : null
  const attributes: Attribute[] = []
  for (let attribute = parseAttribute(cursor); attribute; attribute = parseAttribute(cursor)) attributes.push(attribute)
  return {
    kind: 'feature',
    span: cursor.spanFrom(start),
    name,
    documentation,
    type,
    entity,
    definition,
    attributes,
  }
}

const parseBody = (cursor: Cursor): FeatureBody => {
  const expression = parseExpression(cursor)
  let from: Identifier | null = null
  let by: Identifier[] = []
  let where: FeatureBody['where'] = null
  let window: WindowClause | null = null
  let lag: DurationLiteral | null = null
  const seen = new Set<string>()
  for (;;) {
    const clause = cursor.peek()
    if (clause.kind !== 'name' || clause.isQuoted || !['from', 'by', 'where', 'over', 'lag'].includes(clause.text))
      break
    cursor.next()
    if (seen.has(clause.text)) cursor.fail('PML1008', spanOf(clause), { clause: clause.text })
    seen.add(clause.text)
    if (clause.text === 'from') from = cursor.expectName('a source')
    else if (clause.text === 'by') by = cursor.nameOrNames('a column')
    else if (clause.text === 'where') where = parseExpression(cursor)
    else if (clause.text === 'lag') lag = parseDuration(cursor)
    else window = parseWindow(cursor, clause.start)
  }
  const start = Math.min(expression.span.start, cursor.previousEnd())
  return { span: cursor.spanFrom(start), expression, from, by, where, window, lag }
}

const parseWindow = (cursor: Cursor, start: number): WindowClause | null => {
  if (cursor.takeWord('all')) return { kind: 'all', span: cursor.spanFrom(start) }
  const token = cursor.peek()
  if (token.kind === 'number') {
    cursor.next()
    if (!cursor.expectWord('rows')) return null
    return { kind: 'rows', span: cursor.spanFrom(start), rows: token.value }
  }
  if (token.kind !== 'duration') {
    cursor.failExpected('a duration such as `3h`, a number of `rows`, or `all`')
    return null
  }
  const duration = parseDuration(cursor)
  const isInclusive = cursor.takeWord('inclusive') !== null
  return duration ? { kind: 'time', span: cursor.spanFrom(start), duration, isInclusive } : null
}

const valued: Readonly<Record<string, string>> = {
  default: 'a value',
  unit: 'a text',
  owner: 'a text',
  status: 'a status',
  kind: 'a kind',
  like: 'a system',
}

const parseAttribute = (cursor: Cursor): Attribute | null => {
  const token = cursor.peek()
  if (token.kind !== 'name' || token.isQuoted) return null
  const name: Identifier = { text: token.text, span: spanOf(token) }
  if (token.text === 'pii') {
    cursor.next()
    return { name, span: name.span, value: null, list: [] }
  }
  if (token.text === 'tags') {
    cursor.next()
    return { name, list: parseTags(cursor), span: cursor.spanFrom(token.start), value: null }
  }
  if (!Object.hasOwn(valued, token.text)) return null
  cursor.next()
  const value = parseExpression(cursor)
  return { name, span: cursor.spanFrom(token.start), value, list: [] }
}

const parseTags = (cursor: Cursor): Identifier[] => {
  const open = cursor.peek()
  const tags: Identifier[] = []
  if (!cursor.expectPunctuation('[')) return tags
  while (!cursor.isAtEnd() && !cursor.isPunctuation(']')) {
    const tag = cursor.expectName('a tag')
    if (!tag) break
    tags.push(tag)
    if (!cursor.takePunctuation(',')) break
  }
  cursor.close(open, ']')
  return tags
}
