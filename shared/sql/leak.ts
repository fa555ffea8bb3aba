import { trainingSetColumns } from '../plan/plan'
import { quoteName } from './quote'

export interface LeakComparison {
  /** The training set’s rows, and those of what it is compared with, as queries. */
  readonly told: string
  readonly others: readonly { readonly sql: string; readonly uses: readonly string[] }[]
}

/** One row: `n` rows, and `d<i>_<j>`, how many of them have another value of use j in statement i. All have the same rows. */
export const compileLeakCounts = ({ told, others }: LeakComparison): string => {
  const row = trainingSetColumns.row
  const counts = others.flatMap(({ uses }, other) =>
    uses.map((name, index) => {
      const column = quoteName(name)
      return `count(*) filter (where told.${column} is distinct from other${other}.${column}) as d${other}_${index}`
    }),
  )
  return `with ${[
    `told as materialized (${told})`,
    ...others.map(({ sql }, other) => `other${other} as materialized (${sql})`),
  ].join(',\n')}
select ${['count(*) as n', ...counts].join(', ')}
from told ${others.map((_, other) => `join other${other} on told.${row} = other${other}.${row}`).join(' ')}`
}
