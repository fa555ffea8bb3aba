import type { Clause, ClauseBlock } from '../ast'
import type { Cursor } from './cursor'
import { limitPower, parseDuration, parseExpression } from './expressions'
import { spanOf } from './lexer'

type BlockName = 'train' | 'validate' | 'health'

const clauseWords: Readonly<Record<BlockName, ReadonlySet<string> | null>> = {
  train: new Set(['split', 'search', 'seed', 'folds', 'weight', 'engine', 'sampler', 'prune', 'schedule', 'online']),
  validate: null,
  health: new Set(['drift', 'decay', 'nulls', 'freshness', 'retrain']),
}

const expectations: Readonly<Record<BlockName, string>> = {
  train: '`split`, `folds`, `search`, `sampler`, `prune`, `weight`, `seed`, `engine`, `schedule`, `online from` or `}`',
  validate: 'a gate such as `auc >= 0.65`, or `}`',
  health: '`drift`, `decay`, `nulls`, `freshness`, `retrain` or `}`',
}

/** `train { … }`, `validate { … }`, `health { … }`, from the keyword on. */
export const parseBlock = (cursor: Cursor, name: BlockName): ClauseBlock => {
  const start = cursor.next().start
  const clauses: Clause[] = []
  const open = cursor.peek()
  if (!cursor.expectPunctuation('{')) return { span: cursor.spanFrom(start), clauses }
  const words = clauseWords[name]
  const isClause = () => {
    const token = cursor.peek()
    return token.kind === 'name' && (words === null || words.has(token.text))
  }
  while (!cursor.isAtEnd() && !cursor.isPunctuation('}') && !cursor.isNewStatement()) {
    const clause = isClause() ? parseClause(cursor, name) : null
    if (clause) {
      clauses.push(clause)
      continue
    }
    cursor.failExpected(expectations[name])
    if (!cursor.isPunctuation('}') && !cursor.isNewStatement()) cursor.next()
    cursor.skipUntil(
      () =>
        cursor.isPunctuation('}') ||
        cursor.isNewStatement() ||
        (words === null ? cursor.peek().isFirstOnLine : isClause()),
    )
  }
  cursor.close(open, '}')
  return { span: cursor.spanFrom(start), clauses }
}

const parseClause = (cursor: Cursor, block: BlockName): Clause | null => {
  if (block === 'validate') return parseGate(cursor)
  const token = cursor.next()
  const start = token.start
  switch (token.text) {
    case 'split':
      return parseSplit(cursor, start)
    case 'search':
      return parseSearch(cursor, start)
    case 'seed': {
      const seed = expectNumber(cursor, 'a whole number')
      return seed === null ? null : { kind: 'seed', span: cursor.spanFrom(start), seed }
    }
    case 'folds': {
      const folds = expectNumber(cursor, 'a number of folds')
      return folds === null ? null : { kind: 'folds', span: cursor.spanFrom(start), folds }
    }
    case 'weight': {
      const expression = parseExpression(cursor)
      return { kind: 'weight', span: cursor.spanFrom(start), expression }
    }
    case 'engine':
    case 'sampler':
    case 'prune': {
      const value = parseExpression(cursor)
      return { kind: token.text, span: cursor.spanFrom(start), value }
    }
    case 'schedule': {
      const cron = cursor.peek()
      if (cron.kind === 'string') cursor.next()
      else cursor.failExpected('a text such as `"0 3 * * *"`')
      const text = cron.kind === 'string' ? { text: cron.text, span: spanOf(cron) } : null
      return { kind: 'schedule', span: cursor.spanFrom(start), cron: text }
    }
    case 'online': {
      const source = cursor.expectWord('from') ? cursor.expectName('a stream') : null
      return { kind: 'online', span: cursor.spanFrom(start), source }
    }
    case 'drift': {
      const statistic = cursor.expectName('`psi` or `ks`')
      if (!statistic || !cursor.expectPunctuation('<')) return null
      const limit = parseExpression(cursor, limitPower)
      if (cursor.takeWord('on')) cursor.expectWord('inputs')
      return { kind: 'drift', span: cursor.spanFrom(start), statistic, limit }
    }
    case 'decay': {
      const metric = cursor.expectName('a metric such as `auc`')
      if (!metric || !cursor.expectPunctuation('<')) return null
      const limit = parseExpression(cursor, limitPower)
      return { kind: 'decay', span: cursor.spanFrom(start), metric, limit }
    }
    case 'nulls': {
      if (!cursor.expectPunctuation('<')) return null
      const limit = parseExpression(cursor, limitPower)
      return { kind: 'nulls', span: cursor.spanFrom(start), limit }
    }
    case 'freshness': {
      if (!cursor.expectPunctuation('<')) return null
      const duration = parseDuration(cursor)
      return duration && { kind: 'freshness', span: cursor.spanFrom(start), duration }
    }
    default: {
      if (!cursor.expectWord('on')) return null
      const on = cursor.expectName('`decay` or `drift`')
      return on && { kind: 'retrain', span: cursor.spanFrom(start), on }
    }
  }
}

const expectNumber = (cursor: Cursor, what: string): number | null => {
  const token = cursor.peek()
  if (token.kind === 'number') return cursor.next().value
  cursor.failExpected(what)
  return null
}

const parseSplit = (cursor: Cursor, start: number): Clause | null => {
  const isByEntity = cursor.takeWord('by') !== null
  const word = cursor.expectName('`time`, `random` or `by` and an entity')
  if (!word) return null
  if (!isByEntity && word.text !== 'time' && word.text !== 'random') {
    cursor.fail('PML1001', word.span, { expected: '`time`, `random` or `by` and an entity', found: `\`${word.text}\`` })
    return null
  }
  const fractions: number[] = []
  do {
    const share = expectNumber(cursor, 'shares such as `70/15/15`')
    if (share === null) return null
    fractions.push(share)
  } while (cursor.takePunctuation('/'))
  const by = isByEntity ? 'entity' : word.text === 'time' ? 'time' : 'random'
  return { kind: 'split', span: cursor.spanFrom(start), by, entity: isByEntity ? word : null, fractions }
}

const parseSearch = (cursor: Cursor, start: number): Clause | null => {
  const trials = expectNumber(cursor, 'a number of trials')
  if (trials === null || !cursor.expectWord('trials')) return null
  const isMinimize = cursor.takeWord('minimize') !== null
  if (!isMinimize && !cursor.takeWord('maximize')) {
    cursor.failExpected('`maximize` or `minimize`')
    return null
  }
  const metric = cursor.expectName('a metric such as `auc`')
  const direction = isMinimize ? 'minimize' : 'maximize'
  return metric && { kind: 'search', span: cursor.spanFrom(start), trials, direction, metric }
}

/** `auc >= 0.65` · `latency p99 <= 5ms` */
const parseGate = (cursor: Cursor): Clause | null => {
  const token = cursor.next()
  const metric = { text: token.text, span: spanOf(token) }
  const quantileToken = cursor.peek()
  const quantile =
    quantileToken.kind === 'name' && !quantileToken.isFirstOnLine
      ? { text: quantileToken.text, span: spanOf(cursor.next()) }
      : null
  const operator = (['<=', '>=', '<', '>'] as const).find((candidate) => cursor.isPunctuation(candidate))
  if (!operator) {
    cursor.failExpected('`<`, `<=`, `>` or `>=`')
    return null
  }
  cursor.next()
  const limit = parseExpression(cursor, limitPower)
  return { kind: 'gate', span: cursor.spanFrom(token.start), metric, quantile, operator, limit }
}
