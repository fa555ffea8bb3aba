import type { Histogram as HistogramData } from '@shared/data/profile'
import { formatCount, formatNumber, formatTime } from '../format'

interface HistogramProps {
  readonly histogram: HistogramData
  /** Read aloud. */
  readonly label: string
  readonly height?: number
  /** `time` edges are ms since 1970. */
  readonly scale?: 'number' | 'time'
  readonly tone?: 'feature' | 'transform' | 'source' | 'algorithm' | 'output'
  /** A second distribution over the same edges, drawn as an outline: then against now. */
  readonly compare?: readonly number[]
  readonly onPressBin?: (from: number, to: number) => void
  /** Writes where the axis begins and ends below it, with this unit. */
  readonly axis?: { readonly unit: string }
}

const width = 240

/** Bars of counts. Linear in count, every bar at least a line high where there is anything. */
export const Histogram = ({
  histogram,
  label,
  height = 96,
  scale = 'number',
  tone = 'feature',
  compare,
  onPressBin,
  axis,
}: HistogramProps) => {
  const { edges, counts } = histogram
  const shareOf = (values: readonly number[]) => {
    const total = values.reduce((sum, value) => sum + value, 0) || 1
    return values.map((value) => value / total)
  }
  const shares = shareOf(counts)
  const other = compare ? shareOf(compare) : null
  const highest = Math.max(...shares, ...(other ?? []), Number.MIN_VALUE)
  const step = width / Math.max(1, counts.length)
  const gap = Math.min(1.5, step * 0.15)
  const barHeight = (share: number) => (share > 0 ? Math.max(1.5, (share / highest) * (height - 2)) : 0)
  const edge = (value: number | undefined) =>
    value === undefined ? '' : scale === 'time' ? formatTime(value) : formatNumber(value)
  const chart = (
    <svg
      className="ui-chart"
      viewBox={`0 0 ${width} ${height}`}
      style={{ height }}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {shares.map((share, bin) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the table beside the chart is the keyboard's way
        <rect
          key={edges[bin] ?? bin}
          x={bin * step + gap / 2}
          y={height - 1 - barHeight(share)}
          width={Math.max(0.5, step - gap)}
          height={barHeight(share)}
          rx={Math.min(1.5, step / 4)}
          fill={`var(--${tone})`}
          opacity={0.75}
          onClick={() => onPressBin?.(edges[bin] ?? 0, edges[bin + 1] ?? 0)}
        >
          <title>{`${edge(edges[bin])} to ${edge(edges[bin + 1])}: ${formatCount(counts[bin] ?? 0)}`}</title>
        </rect>
      ))}
      {other?.map((share, bin) => (
        <rect
          key={`then-${edges[bin] ?? bin}`}
          x={bin * step + gap / 2}
          y={height - 1 - barHeight(share)}
          width={Math.max(0.5, step - gap)}
          height={barHeight(share)}
          fill="none"
          stroke="var(--muted)"
          strokeWidth={1}
          vectorEffect="non-scaling-stroke"
          pointerEvents="none"
        />
      ))}
      <line
        x1={0}
        x2={width}
        y1={height - 0.5}
        y2={height - 0.5}
        stroke="var(--line-strong)"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
  if (!axis) return chart
  return (
    <div className="ui-histogram">
      {chart}
      <span aria-hidden>{edge(edges[0])}</span>
      <span aria-hidden>
        {edge(edges.at(-1))}
        {axis.unit}
      </span>
    </div>
  )
}
