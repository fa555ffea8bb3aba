import { operatorsWith } from '@shared/language/operators/table'

const runs = (role: 'row' | 'aggregate') => operatorsWith(role).filter(({ lowerings }) => lowerings.includes('spark'))

/** How many examples the program has. */
export const exampleCount = (): number => runs('row').length + runs('aggregate').length

/** The sample’s flights with the example of every function of a row and of every aggregate, by time, by rows and over all. */
export const exampleProgram = (path: string): string => {
  const features = runs('aggregate').flatMap(({ name, example }, index) => {
    const windows = name === 'latest' ? ['', ' over 3h'] : [' over 3h', ' over 5 rows', ' over all']
    return windows.map((window, at) => ({
      name: `aggregate_${index}_${at}`,
      text: `${example} from flights by origin${window}`,
      isBool: name === 'any' || name === 'all',
      isText: name === 'top',
    }))
  })
  const declared = features.map(({ name, text, isBool, isText }) => {
    const value = isBool ? ' default false' : isText ? ' default ""' : ''
    return `feature ${name} of airport = ${text}${value}`
  })
  return `source flights = parquet("${path}") { time date  row (date, origin, destination) }
entity airport(code: string)
${declared.join('\n')}
model examples {
  observe flights
  predict late = delay > 15
  use distance
  use origin
  use destination
${runs('row')
  .map(({ example }, index) => `  use row_${index} = ${example}`)
  .join('\n')}
${features.map(({ name }) => `  use ${name} by origin`).join('\n')}
  let tree = decision_tree(distance)
  output p = probability(tree)
}
`
}

/** Vectors: whole ones, and ones that lack a number. As lists: what DuckDB writes of arrays that are null, others misread. */
export const vectorRows = `(select timestamp '2024-01-01' + interval (i) hour as at, 'k' || i % 7 as who, i % 3 = 0 as good,
  case when i % 11 = 0 then null when i % 13 = 0 then [i, null, 1.5] when i % 17 = 0 then [i, 'nan'::double, 1]
    when i % 19 = 0 then [i, 1e300, 1] else [i, i / 3.0::double, -i] end::double[] as v
  from range(300) t(i))`

export const vectorProgram = (path: string): string => `source seen = parquet("${path}") {
  time at
  row (at, who)
  schema (at: time, who: string, good: bool, v: vector[3])
}
entity thing(who: string)
feature before: vector[3] of thing = latest(v) from seen by who  default 0
feature first_one: vector[3] of thing = first(v) from seen by who over 2d
feature known: int of thing = count(v) from seen by who over 1d
model m {
  observe seen
  predict late = good
  use v
  use filled = coalesce(v, 1)
  use before by who
  use first_one by who
  use known by who
  let l = boosted_trees(v, filled, before, first_one, known)
  output p = probability(l)
  train { split time 60/20/20 }
}
`
