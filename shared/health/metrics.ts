/** Metrics of predictions against labels that came later, with scikit-learn’s definitions. */
export interface LabelledOutputs {
  readonly labels: ArrayLike<number>
  readonly outputs: ArrayLike<number>
}

/** Area under the ROC curve by ranks, ties shared; null unless both classes are there. */
export const areaUnderCurve = ({ labels, outputs }: LabelledOutputs): number | null => {
  const order = Uint32Array.from({ length: labels.length }, (_, index) => index).sort(
    (a, b) => (outputs[a] ?? 0) - (outputs[b] ?? 0),
  )
  let positives = 0
  let rankSum = 0
  for (let start = 0; start < order.length; ) {
    let end = start
    let tied = 0
    const value = outputs[order[start] ?? 0]
    while (end < order.length && outputs[order[end] ?? 0] === value) {
      if ((labels[order[end] ?? 0] ?? 0) > 0.5) tied += 1
      end += 1
    }
    positives += tied
    // Ranks count from 1; those of a tie share their mean.
    rankSum += (tied * (start + 1 + end)) / 2
    start = end
  }
  const negatives = labels.length - positives
  if (positives === 0 || negatives === 0) return null
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** scikit-learn clips probabilities at the spacing of float64. */
const clip = (probability: number): number => Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability))

export const binaryMetrics = (joined: LabelledOutputs, threshold = 0.5): Record<string, number> => {
  const rows = joined.labels.length
  if (rows === 0) return {}
  let loss = 0
  let squared = 0
  let truePositive = 0
  let falsePositive = 0
  let falseNegative = 0
  for (let row = 0; row < rows; row += 1) {
    const label = (joined.labels[row] ?? 0) > 0.5 ? 1 : 0
    const output = joined.outputs[row] ?? 0
    loss -= Math.log(label ? clip(output) : 1 - clip(output))
    squared += (output - label) ** 2
    const isCalled = output >= threshold
    if (isCalled && label) truePositive += 1
    else if (isCalled) falsePositive += 1
    else if (label) falseNegative += 1
  }
  const auc = areaUnderCurve(joined)
  const called = truePositive + falsePositive
  const positive = truePositive + falseNegative
  return {
    ...(auc === null ? {} : { auc }),
    log_loss: loss / rows,
    brier: squared / rows,
    accuracy: (rows - falsePositive - falseNegative) / rows,
    f1: called + positive === 0 ? 0 : (2 * truePositive) / (called + positive),
    precision: called === 0 ? 0 : truePositive / called,
    recall: positive === 0 ? 0 : truePositive / positive,
  }
}

export const regressionMetrics = ({ labels, outputs }: LabelledOutputs): Record<string, number> => {
  const rows = labels.length
  if (rows === 0) return {}
  let mean = 0
  for (let row = 0; row < rows; row += 1) mean += (labels[row] ?? 0) / rows
  let squared = 0
  let absolute = 0
  let spread = 0
  for (let row = 0; row < rows; row += 1) {
    const error = (outputs[row] ?? 0) - (labels[row] ?? 0)
    squared += error ** 2
    absolute += Math.abs(error)
    spread += ((labels[row] ?? 0) - mean) ** 2
  }
  return {
    rmse: Math.sqrt(squared / rows),
    mae: absolute / rows,
    ...(spread === 0 ? {} : { r2: 1 - squared / spread }),
  }
}

/** Whether more is better. */
export const isHigherBetter = (metric: string): boolean =>
  ['auc', 'accuracy', 'f1', 'precision', 'recall', 'r2'].includes(metric)

/** How much worse a metric has become; negative where it is better. */
export const decayOf = (metric: string, baseline: number, current: number): number =>
  isHigherBetter(metric) ? baseline - current : current - baseline
