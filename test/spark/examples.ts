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
