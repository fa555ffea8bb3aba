import { quoteName, quoteText } from '@shared/sql/quote'
import type { DataEngine } from '../../electron/services/data/engine'

export interface Comparison {
  readonly rows: number
  readonly values: number
  /** Values that are not the same to the last bit, but near enough. */
  readonly near: number
  /** Columns with values that are neither, and how many. */
  readonly different: Readonly<Record<string, number>>
}

const isFloat = (type: string): boolean => type === 'DOUBLE' || type === 'FLOAT'

/**
 * Counts, value by value, how what Spark wrote differs from what a statement of DuckDB gives: floats may differ by 1e-9 of
 * themselves, the rest by nothing. Both have `__row`, in whose order Spark’s rows must stand.
 */
export const compareSets = async (engine: DataEngine, told: string, folder: string): Promise<Comparison> => {
  const found = `read_parquet(${quoteText(`${folder}/*.parquet`)}, file_row_number = true)`
  const columns = (await engine.rows(`describe ${told}`)).map((row) => ({
    name: String(row.column_name),
    type: String(row.column_type),
  }))
  const theirs = new Set((await engine.rows(`describe select * from ${found}`)).map((row) => String(row.column_name)))
  const compared = columns.filter(({ name }) => theirs.has(name))
  const missing = columns.filter(({ name }) => !theirs.has(name)).map(({ name }) => [name, -1] as const)
  const counts = compared.flatMap(({ name, type }, index) => {
    const [a, b] = [`t.${quoteName(name)}`, `f.${quoteName(name)}`]
    const near = `(${a} is not null and ${b} is not null and abs(${a} - ${b}) <= 1e-9 * greatest(abs(${a}), abs(${b})))`
    const differs = `${a} is distinct from ${b}`
    return [
      `count(*) filter (where ${differs}) as d${index}`,
      `count(*) filter (where ${differs} and ${isFloat(type) ? near : 'false'}) as n${index}`,
    ]
  })
  const [row] = await engine.rows(`with t as materialized (${told}), f as materialized (select * from ${found})
    select (select count(*) from t) as told, (select count(*) from f) as found, count(*) as rows,
      count(*) filter (where f.file_row_number is distinct from f.__row) as moved, ${counts.join(', ')}
    from t full join f on t.__row = f.__row`)
  const number = (name: string): number => Number(row?.[name] ?? Number.NaN)
  const different = compared.map(({ name }, index) => [name, number(`d${index}`) - number(`n${index}`)] as const)
  const shape = [
    ['rows', number('rows') - number('told') + (number('rows') - number('found'))],
    ['order', number('moved')],
  ] as const
  return {
    rows: number('rows'),
    values: number('rows') * compared.length,
    near: compared.reduce((sum, _, index) => sum + number(`n${index}`), 0),
    different: Object.fromEntries([...different, ...missing, ...shape].filter(([, count]) => count !== 0)),
  }
}
