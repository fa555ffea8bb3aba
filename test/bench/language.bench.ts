import { checkProgram } from '@shared/language/check/check'
import { format } from '@shared/language/format/format'
import { parse } from '@shared/language/syntax/parser'
import { planModel } from '@shared/plan/build'
import { it } from 'vitest'
import { schemas } from '../language/support'
import { programOf } from './programs'

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
