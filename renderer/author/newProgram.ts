/** What a new program begins with: every part once, to be written over. */
export const newProgramText = (name: string): string => `namespace ${name}

source rows = parquet("data/rows.parquet") {
  time date
}

model first {
  observe rows
  predict target = value > 0

  use value

  let scaled = standardize(value)
  let lin    = logistic(scaled)

  output score = probability(lin)

  train { split time 70/15/15  seed 7 }
}
`
