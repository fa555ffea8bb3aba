import { counted } from '../counted'
import type { GatePlan } from '../plan/plan'
import type { Verdict } from './registry'

export interface LatencyFigures {
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** Everything that a gate may be held against. null is: not measured. */
export interface GateEvidence {
  /** Metrics of the test split. */
  readonly testMetrics: Readonly<Record<string, number>> | null
  readonly testRows: number | null
  /** Largest |ONNX − Python estimator| on the test split, measured when the run ended. */
  readonly trainingParity: number | null
  /** The same on the golden rows, measured on this machine's native engine. */
  readonly nativeAgreement: { readonly rows: number; readonly maxDifference: number } | null
  /** Single rows on the native engine. */
  readonly latency: LatencyFigures | null
  /** Why latency or agreement is missing, in words. */
  readonly nativeProblem: string | null
  readonly modelBytes: number | null
}

const mebibyte = 1024 * 1024

const limitText = (gate: GatePlan): string => {
  if (gate.metric === 'latency') return `${gate.limit}ms`
  if (gate.metric !== 'size') return String(gate.limit)
  if (gate.limit % mebibyte === 0) return `${gate.limit / mebibyte}MiB`
  return gate.limit % 1_000_000 === 0 ? `${gate.limit / 1_000_000}MB` : `${gate.limit}B`
}

/** `auc >= 0.65`, `latency p99 <= 5ms`. */
export const gateText = (gate: GatePlan): string => {
  const quantile = gate.quantile === null ? '' : ` p${Math.round(gate.quantile * 100)}`
  return `${gate.metric}${quantile} ${gate.operator} ${limitText(gate)}`
}

const holds = (measured: number, operator: GatePlan['operator'], limit: number): boolean => {
  switch (operator) {
    case '<':
      return measured < limit
    case '<=':
      return measured <= limit
    case '>':
      return measured > limit
    case '>=':
      return measured >= limit
  }
}

const grouped = (value: number): string => value.toLocaleString('en-US')

const shortNumber = (value: number): string =>
  value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6)
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(1)

type Measured = { readonly value: number | null; readonly evidence: string }

const measureParity = (evidence: GateEvidence): Measured => {
  const { trainingParity, nativeAgreement, nativeProblem } = evidence
  const parts: string[] = []
  if (trainingParity !== null)
    parts.push(`ONNX and the Python estimator differ by at most ${shortNumber(trainingParity)} on the test split`)
  if (nativeAgreement !== null)
    parts.push(
      `the native engine by at most ${shortNumber(nativeAgreement.maxDifference)} on ${grouped(nativeAgreement.rows)} golden rows`,
    )
  else if (nativeProblem !== null) parts.push(`the native engine was not compared (${nativeProblem})`)
  if (trainingParity === null && nativeAgreement === null)
    return { value: null, evidence: `Parity was not measured${nativeProblem === null ? '' : `: ${nativeProblem}`}.` }
  const text = parts.join('; ')
  // A NaN on either side must not vanish behind the other side's number.
  return {
    value: Math.max(trainingParity ?? 0, nativeAgreement?.maxDifference ?? 0),
    evidence: `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
  }
}

const measureLatency = (gate: GatePlan, evidence: GateEvidence): Measured => {
  if (evidence.latency === null)
    return {
      value: null,
      evidence: `Latency was not measured${evidence.nativeProblem === null ? '' : `: ${evidence.nativeProblem}`}.`,
    }
  const quantile = gate.quantile ?? 0.99
  const known: Record<string, number> = {
    '0.5': evidence.latency.p50Ms,
    '0.9': evidence.latency.p90Ms,
    '0.95': evidence.latency.p95Ms,
    '0.99': evidence.latency.p99Ms,
  }
  const value = known[String(quantile)]
  const name = `p${Math.round(quantile * 100)}`
  if (value === undefined)
    return { value: null, evidence: `Latency is measured at p50, p90, p95 and p99; ${name} is not among them.` }
  return {
    value,
    evidence: `${name} of single rows on the native engine of this machine, in the quietest of several rounds: ${shortNumber(value)} ms.`,
  }
}

const measure = (gate: GatePlan, evidence: GateEvidence): Measured => {
  if (gate.metric === 'parity') return measureParity(evidence)
  if (gate.metric === 'latency') return measureLatency(gate, evidence)
  if (gate.metric === 'size')
    return evidence.modelBytes === null
      ? { value: null, evidence: 'The run has no model file.' }
      : { value: evidence.modelBytes, evidence: `model.onnx has ${grouped(evidence.modelBytes)} bytes.` }
  const value = evidence.testMetrics?.[gate.metric]
  if (value === undefined) return { value: null, evidence: `The run has no ${gate.metric} on the test split.` }
  const rows = evidence.testRows === null ? '' : ` (${counted(evidence.testRows, 'row')})`
  return { value, evidence: `${gate.metric} on the test split${rows}: ${shortNumber(value)}.` }
}

/** One verdict a gate, in the plan's order. What was not measured, or is no number, is `unknown` and never passes. */
export const judgeGates = (gates: readonly GatePlan[], evidence: GateEvidence): Verdict[] =>
  gates.map((gate) => {
    const { value, evidence: sentence } = measure(gate, evidence)
    const measured = value !== null && Number.isFinite(value) ? value : null
    const verdict = measured === null ? 'unknown' : holds(measured, gate.operator, gate.limit) ? 'passed' : 'failed'
    const isNotANumber = value !== null && measured === null
    return {
      gate: gateText(gate),
      verdict,
      measured,
      limit: gate.limit,
      evidence: isNotANumber ? `${sentence} That is no finite number.` : sentence,
    }
  })

export const unmetGates = (verdicts: readonly Verdict[]): Verdict[] =>
  verdicts.filter((verdict) => verdict.verdict !== 'passed')
