import { counted } from '@shared/counted'
import type { HealthReport } from '@shared/health/report'
import { formatCount, formatNumber, formatTime } from '../ui/format'

const size = { width: 640, height: 120, left: 48, right: 48, top: 8, bottom: 20 }

type Buckets = HealthReport['timeline']

/** The line is broken where no predictions were made. */
const linesOf = (timeline: Buckets): Buckets[] => {
  const steps = timeline.slice(1).map((bucket, index) => bucket.time - (timeline[index]?.time ?? 0))
  const usual = Math.min(...steps)
  const lines: Buckets[number][][] = []
  timeline.forEach((bucket, index) => {
    const line = lines.at(-1)
    if (line && (steps[index - 1] ?? 0) <= usual * 1.5) line.push(bucket)
    else lines.push([bucket])
  })
  return lines
}

/** Predictions by time as bars, their mean as a line. */
export const Timeline = ({
  timeline,
  output,
}: {
  readonly timeline: HealthReport['timeline']
  /** What is predicted. */
  readonly output: string
}) => {
  const first = timeline[0]
  const last = timeline.at(-1)
  if (!first || !last) return <p className="health-note">No predictions with a time yet.</p>
  const most = Math.max(...timeline.map((bucket) => bucket.rows))
  const means = timeline.map((bucket) => bucket.meanOutput)
  const low = Math.min(...means)
  const spread = Math.max(...means) - low || 1
  const span = last.time - first.time || 1
  const inner = size.width - size.left - size.right
  const width = Math.max(2, Math.min(24, (inner / Math.max(1, timeline.length)) * 0.7))
  const bottom = size.height - size.bottom
  const x = (time: number): number => size.left + width / 2 + ((time - first.time) / span) * (inner - width)
  const y = (mean: number): number => bottom - 4 - ((mean - low) / spread) * (bottom - size.top - 8)
  return (
    <figure className="health-bars">
      <svg
        className="health-figure health-timeline"
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={`Predictions by time and the mean of ${output}`}
      >
        {timeline.map((bucket) => (
          <rect
            key={bucket.time}
            x={x(bucket.time) - width / 2}
            width={width}
            y={bottom - (bucket.rows / most) * (bottom - size.top)}
            height={(bucket.rows / most) * (bottom - size.top)}
            fill="var(--line-strong)"
          >
            <title>{`${formatTime(bucket.time)}: ${counted(bucket.rows, 'prediction')}, mean ${formatNumber(bucket.meanOutput)}`}</title>
          </rect>
        ))}
        {linesOf(timeline).map((line) => (
          <polyline
            key={line[0]?.time}
            points={line.map((bucket) => `${x(bucket.time)},${y(bucket.meanOutput)}`).join(' ')}
            fill="none"
            stroke="var(--output)"
            strokeWidth={1.75}
          />
        ))}
        <text x={size.left - 6} y={size.top + 8} textAnchor="end">
          {formatCount(most)}
        </text>
        <text x={size.width - size.right + 6} y={y(low + spread) + 4} className="health-mean">
          {formatNumber(low + spread, 3)}
        </text>
        <text x={size.width - size.right + 6} y={y(low) + 4} className="health-mean">
          {formatNumber(low, 3)}
        </text>
        <text x={size.left} y={size.height - 5}>
          {formatTime(first.time)}
        </text>
        <text x={size.width - size.right} y={size.height - 5} textAnchor="end">
          {formatTime(last.time)}
        </text>
      </svg>
      <figcaption className="health-legend">
        <span>
          <span className="health-swatch health-swatch-count" aria-hidden /> predictions
        </span>
        <span>
          <span className="health-swatch health-swatch-mean" aria-hidden /> mean {output}
        </span>
      </figcaption>
    </figure>
  )
}
