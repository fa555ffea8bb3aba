interface SparklineProps {
  readonly values: readonly number[]
  readonly label: string
  readonly width?: number
  readonly height?: number
  readonly color?: string
}

export const Sparkline = ({ values, label, width = 80, height = 18, color = 'var(--accent)' }: SparklineProps) => {
  const finite = values.filter(Number.isFinite)
  const low = Math.min(...finite)
  const span = Math.max(...finite) - low || 1
  const step = width / Math.max(1, values.length - 1)
  const points = values
    .map((value, index) => [index * step, height - 2 - ((value - low) / span) * (height - 4)] as const)
    .filter(([, y]) => Number.isFinite(y))
  const last = points.at(-1)
  return (
    <svg className="ui-spark" width={width} height={height} role="img" aria-label={label}>
      <polyline
        points={points.map((point) => point.join(',')).join(' ')}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
      {last ? <circle cx={last[0] - 1} cy={last[1]} r={2} fill={color} /> : null}
    </svg>
  )
}
