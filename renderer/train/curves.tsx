import type { Run } from '@shared/training/run'
import { LineChart } from '../ui/charts/lineChart'
import { formatCount } from '../ui/format'
import type { TableColumn } from '../ui/table'
import { ChartCard } from './chartCard'

const unit = [0, 1] as const
const decimals = (value: number): string => value.toFixed(3)
const tick = (value: number): string => value.toFixed(1)

type Curves = NonNullable<Run['curves']>

const numberColumn = <Row,>(id: string, header: string, value: (row: Row) => number): TableColumn<Row> => ({
  id,
  header,
  align: 'end',
  cell: (row) => decimals(value(row)),
})

export const RocCard = ({ curves, auc }: { readonly curves: Curves; readonly auc: number | undefined }) => (
  <ChartCard
    title="ROC"
    detail={auc === undefined ? 'test split' : `test split · AUC ${auc.toFixed(3)}`}
    rows={curves.roc}
    rowKey={(row) => `${row.fpr} ${row.tpr}`}
    columns={[
      numberColumn<Curves['roc'][number]>('fpr', 'False positive rate', (row) => row.fpr),
      numberColumn<Curves['roc'][number]>('tpr', 'True positive rate', (row) => row.tpr),
      numberColumn<Curves['roc'][number]>('threshold', 'Threshold', (row) => row.threshold),
    ]}
    chart={
      <LineChart
        label={`ROC curve${auc === undefined ? '' : `, area ${auc.toFixed(3)}`}`}
        xLabel="false positive rate"
        yLabel="true positive rate"
        xDomain={unit}
        yDomain={unit}
        formatX={tick}
        formatY={tick}
        height={230}
        series={[
          { id: 'model', label: 'model', points: curves.roc.map((point) => ({ x: point.fpr, y: point.tpr })) },
          {
            id: 'guess',
            label: 'guessing',
            isDashed: true,
            color: 'var(--faint)',
            points: [
              { x: 0, y: 0 },
              { x: 1, y: 1 },
            ],
          },
        ]}
      />
    }
  />
)

export const PrecisionRecallCard = ({ curves, share }: { readonly curves: Curves; readonly share: number | null }) => (
  <ChartCard
    title="Precision and recall"
    detail="test split"
    rows={curves.precisionRecall}
    rowKey={(row) => `${row.threshold}`}
    columns={[
      numberColumn<Curves['precisionRecall'][number]>('recall', 'Recall', (row) => row.recall),
      numberColumn<Curves['precisionRecall'][number]>('precision', 'Precision', (row) => row.precision),
      numberColumn<Curves['precisionRecall'][number]>('threshold', 'Threshold', (row) => row.threshold),
    ]}
    chart={
      <LineChart
        label="Precision against recall"
        xLabel="recall"
        yLabel="precision"
        xDomain={unit}
        yDomain={unit}
        formatX={tick}
        formatY={tick}
        height={230}
        series={[
          {
            id: 'model',
            label: 'model',
            points: curves.precisionRecall.map((point) => ({ x: point.recall, y: point.precision })),
          },
          ...(share === null
            ? []
            : [
                {
                  id: 'share',
                  label: 'share of positives',
                  isDashed: true,
                  color: 'var(--faint)',
                  points: [
                    { x: 0, y: share },
                    { x: 1, y: share },
                  ],
                },
              ]),
        ]}
      />
    }
  />
)

export const CalibrationCard = ({ curves }: { readonly curves: Curves }) => {
  const most = Math.max(...curves.calibration.flatMap((bin) => [bin.predicted, bin.observed]), 0.1)
  const end = Math.min(1, Math.ceil(most * 10) / 10)
  return (
    <ChartCard
      title="Calibration"
      detail="ten bins of equal count, test split"
      rows={curves.calibration}
      rowKey={(row) => `${row.predicted}`}
      columns={[
        numberColumn<Curves['calibration'][number]>('predicted', 'Predicted', (row) => row.predicted),
        numberColumn<Curves['calibration'][number]>('observed', 'Observed', (row) => row.observed),
        { id: 'count', header: 'Rows', align: 'end', cell: (row) => formatCount(row.count) },
      ]}
      chart={
        <LineChart
          label="Observed share against predicted probability"
          xLabel="predicted probability"
          yLabel="observed share"
          xDomain={[0, end]}
          yDomain={[0, end]}
          formatX={(value) => value.toFixed(2)}
          formatY={(value) => value.toFixed(2)}
          height={230}
          series={[
            {
              id: 'model',
              label: 'model',
              points: curves.calibration.map((bin) => ({ x: bin.predicted, y: bin.observed })),
            },
            {
              id: 'perfect',
              label: 'perfect',
              isDashed: true,
              color: 'var(--faint)',
              points: [
                { x: 0, y: 0 },
                { x: end, y: end },
              ],
            },
          ]}
        />
      }
    />
  )
}
