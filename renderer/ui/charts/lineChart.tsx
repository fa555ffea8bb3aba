import { formatNumber } from '../format'

export interface LineSeries {
  readonly id: string
  readonly label: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly color?: string
  readonly isDashed?: boolean
}

interface LineChartProps {
  readonly label: string
  readonly series: readonly LineSeries[]
  readonly xLabel: string
  readonly yLabel: string
  readonly height?: number
  readonly xDomain?: readonly [number, number]
  readonly yDomain?: readonly [number, number]
  readonly formatX?: (value: number) => string
  readonly formatY?: (value: number) => string
}

const size = { width: 360, right: 8, top: 8, bottom: 30 }
/** Room for the axis’s name and its longest figure, about 6 wide a character. */
const leftOf = (figures: readonly string[]): number =>
  Math.max(44, 20 + 6 * Math.max(0, ...figures.map(({ length }) => length)))
const palette = ['var(--feature)', 'var(--algorithm)', 'var(--transform)', 'var(--output)', 'var(--source)']

/** Round steps of 1, 2 or 5 times a power of ten, about `count` of them. */
export const ticksOf = (low: number, high: number, count = 5): number[] => {
  const span = high - low
  if (!(span > 0) || !Number.isFinite(span)) return [low]
  const rough = span / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

const domainOf = (values: readonly number[]): readonly [number, number] => {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return [0, 1]
  const low = finite.reduce((least, value) => Math.min(least, value))
  const high = finite.reduce((most, value) => Math.max(most, value))
  return low === high ? [low - 0.5, high + 0.5] : [low, high]
}

export const LineChart = ({
  label,
  series,
  xLabel,
  yLabel,
  height = 200,
  xDomain,
  yDomain,
  formatX = formatNumber,
  formatY = formatNumber,
}: LineChartProps) => {
  const points = series.flatMap((one) => one.points)
  const [x0, x1] = xDomain ?? domainOf(points.map((point) => point.x))
  const [y0, y1] = yDomain ?? domainOf(points.map((point) => point.y))
  const ticks = ticksOf(y0, y1).map((value) => ({ value, text: formatY(value) }))
  const left = leftOf(ticks.map(({ text }) => text))
  const right = size.width - size.right
  const bottom = height - size.bottom
  const x = (value: number) => left + ((value - x0) / (x1 - x0)) * (right - left)
  const y = (value: number) => bottom - ((value - y0) / (y1 - y0)) * (bottom - size.top)
  const colorOf = (one: LineSeries, index: number) => one.color ?? palette[index % palette.length] ?? 'var(--feature)'
  return (
    <figure className="ui-line-chart">
      <svg viewBox={`0 0 ${size.width} ${height}`} role="img" aria-label={label}>
        {ticks.map(({ value, text }) => (
          <g key={value}>
            <line x1={left} x2={right} y1={y(value)} y2={y(value)} stroke="var(--line)" />
            <text x={left - 6} y={y(value) + 3.5} textAnchor="end">
              {text}
            </text>
          </g>
        ))}
        {ticksOf(x0, x1).map((tick) => (
          <text key={tick} x={x(tick)} y={bottom + 13} textAnchor="middle">
            {formatX(tick)}
          </text>
        ))}
        <line x1={left} x2={right} y1={bottom} y2={bottom} stroke="var(--line-strong)" />
        <text x={(left + right) / 2} y={height - 3} textAnchor="middle">
          {xLabel}
        </text>
        <text x={-(size.top + bottom) / 2} y={9} textAnchor="middle" transform="rotate(-90)">
          {yLabel}
        </text>
        {series.map((one, index) => (
          <polyline
            key={one.id}
            points={one.points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(' ')}
            fill="none"
            stroke={colorOf(one, index)}
            strokeWidth={1.75}
            strokeLinejoin="round"
            strokeDasharray={one.isDashed ? '4 3' : undefined}
          >
            <title>{one.label}</title>
          </polyline>
        ))}
      </svg>
      {series.length > 1 ? (
        <figcaption className="ui-legend">
          {series.map((one, index) => (
            <span key={one.id}>
              <svg width="16" height="8" aria-hidden="true">
                <line
                  x1="0"
                  x2="16"
                  y1="4"
                  y2="4"
                  stroke={colorOf(one, index)}
                  strokeWidth="2"
                  strokeDasharray={one.isDashed ? '4 3' : undefined}
                />
              </svg>
              {one.label}
            </span>
          ))}
        </figcaption>
      ) : null}
    </figure>
  )
}
