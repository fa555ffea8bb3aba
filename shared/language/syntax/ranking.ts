import type { ModelDeclaration, RankingStep } from '../ast'
import type { Cursor } from './cursor'
import { parseExpression } from './expressions'

/** `rank by query_id` */
export const parseRank = (cursor: Cursor): ModelDeclaration['rank'] => {
  const start = cursor.next().start
  cursor.expectWord('by')
  const by = cursor.expectName('the column that tells requests apart')
  return { span: cursor.spanFrom(start), by }
}

/** `filter p`, `top n by x`, `sort by x`, `group by a`, `distinct by a`, `union source`: the word was told from a name already. */
export const parseStep = (cursor: Cursor): RankingStep | null => {
  const { start, text } = cursor.next()
  switch (text) {
    case 'filter': {
      const condition = parseExpression(cursor)
      return { kind: 'filter', span: cursor.spanFrom(start), condition }
    }
    case 'top': {
      const count = cursor.next().value
      if (!cursor.expectWord('by')) return null
      const by = parseExpression(cursor)
      return { kind: 'top', span: cursor.spanFrom(start), count, by }
    }
    case 'sort': {
      cursor.expectWord('by')
      const by = parseExpression(cursor)
      const isAscending = cursor.takeWord('ascending') !== null
      if (!isAscending) cursor.takeWord('descending')
      return { kind: 'sort', span: cursor.spanFrom(start), by, isAscending }
    }
    case 'union': {
      const source = cursor.expectName('a source of more candidates')
      return { kind: 'union', span: cursor.spanFrom(start), source }
    }
    default: {
      cursor.expectWord('by')
      const by = cursor.nameOrNames('a column')
      return { kind: text === 'group' ? 'group' : 'distinct', span: cursor.spanFrom(start), by }
    }
  }
}
