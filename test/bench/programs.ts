/** About so many lines: features like the sample's, some derived, and a model for every fifty of them. */
export const programOf = (lines: number): string => partsOf(lines, 50).join('\n')

/** The same in so many files of one namespace: the first declares what all read, each of the others features and their model. */
export const filesOf = (lines: number, files: number): { readonly path: string; readonly text: string }[] => {
  const [shared = '', ...parts] = partsOf(lines, Math.ceil((lines / files - 36) / 6))
  const groups: string[] = []
  for (const part of parts) {
    if (groups.length === 0 || /^model /m.test(groups.at(-1) ?? '')) groups.push('namespace bench\n')
    groups.push(`${groups.pop()}\n${part}`)
  }
  return [shared, ...groups].map((text, index) => ({ path: `part_${index}.proml`, text }))
}

const partsOf = (lines: number, featuresPerModel: number): string[] => {
  const parts = [
    `namespace bench

source flights = parquet("data/flights.parquet") {
  time date
  row (date, origin, destination)
}

entity airport(code: string)
`,
  ]
  let count = 10
  for (let group = 0; count < lines; group++) {
    const names: string[] = []
    for (let index = 0; index < featuresPerModel && count < lines - 30; index++) {
      const name = `delay_${group}_${index}`
      names.push(name)
      parts.push(
        index % 5 === 4
          ? `/// Derived.\nfeature ${name}: float of airport\n  = if(${names[index - 1]} > 10, ${names[index - 1]} - ${names[index - 2]}, ${names[index - 3]} * 0.5)\n  default 0  unit "min"  owner "network-ops"  tags [delay, derived]\n`
          : `/// Mean delay of departures.\nfeature ${name}: float of airport\n  = mean(if(delay > ${index}, delay, 0)) from flights by origin where distance > ${index} over ${index + 1}h lag 15m\n  default 0  unit "min"  owner "network-ops"  tags [delay, recent]\n`,
      )
      count += 5
    }
    const uses = names.map((name) => `  use ${name} by origin`)
    parts.push(`/// Will it be late?
model late_${group} {
  observe flights where distance > 0
  predict late = delay > 15

  use distance
  use hour = hour(date)
  use origin
${uses.join('\n')}

  let far = standardize(log1p(distance))
  let when = cyclic(hour, 24)
  let port = one_hot(origin, max: 50)
  let lin = logistic(far, when, port)
  let gbt = boosted_trees(distance, ${names.join(', ')}${names.length > 0 ? ', ' : ''}depth: tune(3..8), rate: tune(0.01..0.3, log))
  let blend = mean(lin, gbt)
  output late_probability = probability(blend)

  train { split time 70/15/15  search 40 trials maximize auc  seed 7 }
  validate { auc >= 0.65  parity <= 1e-5  latency p99 <= 5ms  size <= 20MB }
  health { drift psi < 0.2 on inputs  decay auc < 0.03  freshness < 1d  retrain on decay }
}
`)
    count += 27 + uses.length
  }
  return parts
}
