import type { ColumnHealth } from '@shared/health/report'
import { formatPercent } from '../ui/format'

const size = { width: 640, height: 180, left: 40, bottom: 22, top: 6 }

/** Shares of rows by bin, in training and now, side by side; the table below says the same in figures. */
export const ThenAndNow = ({ column }: { readonly column: ColumnHealth }) => {
  const { labels, baseline, current } = column.bins
  const highest = Math.max(...baseline, ...current, 0.01)
  const step = (size.width - size.left) / Math.max(1, labels.length)
  const bar = Math.min(18, step * 0.38)
  const bottom = size.height - size.bottom
  const heightOf = (share: number): number => (share / highest) * (bottom - size.top)
  // Names under every n-th bin, so that they do not run into each other.
  const everyLabel = Math.ceil((labels.length * 62) / (size.width - size.left))
  return (
    <figure className="health-bars">
      <svg
        className="health-figure"
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={`${column.name}: share of rows by bin, in training and now`}
      >
        {[0, highest / 2, highest].map((tick) => (
          <g key={tick}>
            <line
              x1={size.left}
              x2={size.width}
              y1={bottom - heightOf(tick)}
              y2={bottom - heightOf(tick)}
              stroke="var(--line)"
            />
            <text x={size.left - 6} y={bottom - heightOf(tick) + 4} textAnchor="end">
              {formatPercent(tick)}
            </text>
          </g>
        ))}
        {labels.map((label, bin) => {
          const middle = size.left + step * (bin + 0.5)
          const then = baseline[bin] ?? 0
          const now = current[bin] ?? 0
          return (
            <g key={label}>
              <rect
                x={middle - bar}
                width={bar}
                y={bottom - heightOf(then)}
                height={heightOf(then)}
                fill="none"
                stroke="var(--source)"
              >
                <title>{`${label}, in training: ${formatPercent(then)}`}</title>
              </rect>
              <rect x={middle} width={bar} y={bottom - heightOf(now)} height={heightOf(now)} fill="var(--feature)">
                <title>{`${label}, now: ${formatPercent(now)}`}</title>
              </rect>
              {bin % everyLabel === 0 ? (
                <text x={middle} y={size.height - 6} textAnchor="middle">
                  {label.length > 12 ? `${label.slice(0, 11)}…` : label}
                </text>
              ) : null}
            </g>
          )
        })}
      </svg>
      <figcaption className="health-legend">
        <span>
          <span className="health-swatch health-swatch-then" aria-hidden /> in training
        </span>
        <span>
          <span className="health-swatch health-swatch-now" aria-hidden /> now
        </span>
      </figcaption>
      <details className="health-note">
        <summary>As a table</summary>
        <table className="ui-table" aria-label={`${column.name} by bin`}>
          <thead>
            <tr>
              <th scope="col">Bin</th>
              <th scope="col" data-align="end">
                In training
              </th>
              <th scope="col" data-align="end">
                Now
              </th>
            </tr>
          </thead>
          <tbody>
            {labels.map((label, bin) => (
              <tr key={label}>
                <td>{label}</td>
                <td data-align="end">{formatPercent(baseline[bin] ?? 0)}</td>
                <td data-align="end">{formatPercent(current[bin] ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}
