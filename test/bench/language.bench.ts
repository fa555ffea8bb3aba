import { checkProgram } from '@shared/language/check/check'
import { format } from '@shared/language/format/format'
import { parse } from '@shared/language/syntax/parser'
import { planModel } from '@shared/plan/build'
import { it } from 'vitest'
import { schemas } from '../language/support'

/** About so many lines: features like the sample's, some derived, and a model for every fifty of them. */
const programOf = (lines: number): string => {
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
    for (let index = 0; index < 50 && count < lines - 30; index++) {
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
  return parts.join('\n')
}

const text = programOf(5_000)
const document = parse(text)
const program = checkProgram([{ path: 'bench.proml', document }], schemas)
const problems = [...document.errors, ...program.diagnostics]
if (problems.length > 0)
  throw new Error(`the program of the benchmark is to be without fault: ${JSON.stringify(problems[0])}`)

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)

/** Milliseconds of so many runs after a few that warm up: by the clock, and of processor time where others use the machine too. */
const measure = (run: () => unknown, runs = 40): { median: number; p95: number; processor: number } => {
  for (let warm = 0; warm < 5; warm++) run()
  const wall: number[] = []
  const processor: number[] = []
  for (let count = 0; count < runs; count++) {
    const before = process.cpuUsage()
    const start = performance.now()
    run()
    wall.push(performance.now() - start)
    const { user, system } = process.cpuUsage(before)
    processor.push((user + system) / 1000)
  }
  const at = (values: readonly number[], share: number) => sorted(values)[Math.floor(runs * share)] ?? 0
  return { median: at(wall, 0.5), p95: at(wall, 0.95), processor: at(processor, 0.5) }
}

it(`measures a program of ${text.split('\n').length} lines, ${Math.round(text.length / 1024)} KB`, () => {
  const steps: readonly (readonly [string, () => unknown])[] = [
    ['parse', () => parse(text)],
    ['check, parsed already', () => checkProgram([{ path: 'bench.proml', document }], schemas)],
    ['parse and check: a keystroke without any cache', () => checkProgram([{ path: 'bench.proml', text }], schemas)],
    ['plan one model', () => planModel(program, 'bench.proml', 'late_0')],
    ['format', () => format(text)],
  ]
  console.table(
    steps.map(([what, run]) => {
      const { median, p95, processor } = measure(run)
      const round = (value: number) => Number(value.toFixed(1))
      return { what, 'median ms': round(median), 'p95 ms': round(p95), 'median processor ms': round(processor) }
    }),
  )
}, 120_000)
