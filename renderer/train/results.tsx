import type { MetricPoint, Run } from '@shared/training/run'
import { BarList } from '../ui/charts/barList'
import { formatCount, formatPercent } from '../ui/format'
import { ChartCard } from './chartCard'
import { CalibrationCard, PrecisionRecallCard, RocCard } from './curves'
import { FitCurves } from './fitCurves'
import { formatMetric, metricName, metricTitle, splitNames } from './words'

/** One tile a metric: the test split large, the others beside it. */
export const MetricTiles = ({ run }: { readonly run: Run }) => {
  const names = Object.keys(run.metrics.test ?? {})
  return (
    <section aria-label="Metrics" className="train-tiles">
      {names.map((name) => (
        <dl key={name} className="train-tile" title={metricTitle(name)}>
          <dt>{metricName(name)}</dt>
          <dd className="train-tile-value">{formatMetric(run.metrics.test?.[name])}</dd>
          <dd className="train-tile-others">
            {splitNames
              .filter((split) => split !== 'test')
              .map((split) => (
                <span key={split}>
                  {split} {formatMetric(run.metrics[split]?.[name])}
                </span>
              ))}
          </dd>
        </dl>
      ))}
    </section>
  )
}

const Cell = ({
  count,
  whole,
  is,
}: {
  readonly count: number
  readonly whole: number
  readonly is: 'right' | 'wrong'
}) => (
  <td data-is={is}>
    <span className="train-confusion-count">{formatCount(count)}</span>
    <span className="train-confusion-share">
      {formatPercent(whole === 0 ? 0 : count / whole)} · {is}
    </span>
  </td>
)

const ConfusionCard = ({
  confusion,
  why,
}: {
  readonly confusion: NonNullable<Run['confusion']>
  readonly why: string
}) => {
  const { truePositive, falsePositive, trueNegative, falseNegative, threshold } = confusion
  const positives = truePositive + falseNegative
  const negatives = trueNegative + falsePositive
  return (
    <section className="train-card" aria-label="Confusion matrix">
      <header className="train-card-head">
        <h3>Confusion matrix</h3>
        <span className="train-card-detail">
          test split · yes at {threshold.toFixed(3)} and above{why === '' ? '' : `, ${why}`}
        </span>
      </header>
      <table className="train-confusion">
        <caption>Rows by what they are and what the model said; shares are of the row.</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">said yes</th>
            <th scope="col">said no</th>
            <th scope="col">all</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">is yes</th>
            <Cell count={truePositive} whole={positives} is="right" />
            <Cell count={falseNegative} whole={positives} is="wrong" />
            <td className="train-confusion-sum">{formatCount(positives)}</td>
          </tr>
          <tr>
            <th scope="row">is no</th>
            <Cell count={falsePositive} whole={negatives} is="wrong" />
            <Cell count={trueNegative} whole={negatives} is="right" />
            <td className="train-confusion-sum">{formatCount(negatives)}</td>
          </tr>
        </tbody>
      </table>
    </section>
  )
}

const ImportanceCard = ({ run }: { readonly run: Run }) => (
  <ChartCard
    title="Importance"
    detail="what the metric loses when an input is shuffled, as a share"
    rows={run.importance}
    rowKey={(row) => row.name}
    columns={[
      { id: 'name', header: 'Input', cell: (row) => row.name },
      { id: 'value', header: 'Share', align: 'end', cell: (row) => formatMetric(row.value) },
    ]}
    chart={
      <BarList
        label="Importance by input"
        items={run.importance.map(({ name, value }) => ({
          id: name,
          label: name,
          value,
          text: formatPercent(value),
        }))}
      />
    }
  />
)

export const Results = ({ run, points }: { readonly run: Run; readonly points: readonly MetricPoint[] }) => {
  const { confusion, curves } = run
  const positives = confusion ? confusion.truePositive + confusion.falseNegative : null
  const share = positives === null || !run.rows ? null : positives / run.rows.test
  const why = run.params['threshold from']
  return (
    <>
      <MetricTiles run={run} />
      <div className="train-cards">
        {curves ? <RocCard curves={curves} auc={run.metrics.test?.auc} /> : null}
        {curves ? <PrecisionRecallCard curves={curves} share={share} /> : null}
        {curves ? <CalibrationCard curves={curves} /> : null}
        {run.importance.length > 0 ? <ImportanceCard run={run} /> : null}
        {confusion ? <ConfusionCard confusion={confusion} why={typeof why === 'string' ? why : ''} /> : null}
        <FitCurves points={points} />
      </div>
    </>
  )
}
