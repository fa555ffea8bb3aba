import { readFileSync } from 'node:fs'

/** What one piece of work took. Processor time and memory are of the process that did it, where the system tells. */
export interface Measured {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMb: number
}

const ticksPerSecond = 100

/** Of a process on Linux; elsewhere not known. */
const usage = (pid: number): { cpuMs: number; peakMb: number } => {
  try {
    // After the name, which may have spaces: utime and stime are the 12th and 13th field.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const ticks = Number(fields[11]) + Number(fields[12])
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return { cpuMs: (1000 * ticks) / ticksPerSecond, peakMb: Number(peak) / 1024 }
  } catch {
    return { cpuMs: Number.NaN, peakMb: Number.NaN }
  }
}

/** Does work that another process does for us. */
export const measured = async (pid: number, work: () => Promise<unknown>): Promise<Measured> => {
  const before = usage(pid)
  const start = performance.now()
  await work()
  const wallMs = performance.now() - start
  const after = usage(pid)
  return { wallMs, cpuMs: after.cpuMs - before.cpuMs, peakMb: after.peakMb }
}

/** Milliseconds by the clock. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Medians of each; the peak is the largest. */
export const summary = (all: readonly Measured[]): Measured => ({
  wallMs: median(all.map(({ wallMs }) => wallMs)),
  cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
  peakMb: Math.max(...all.map(({ peakMb }) => peakMb)),
})
