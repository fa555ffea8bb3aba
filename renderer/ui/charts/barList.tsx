import { formatCount } from '../format'

export interface BarItem {
  readonly id: string
  readonly label: string
  readonly value: number
  /** Instead of the formatted value. */
  readonly text?: string
}

interface BarListProps {
  readonly label: string
  readonly items: readonly BarItem[]
  readonly tone?: 'feature' | 'transform' | 'source' | 'algorithm' | 'output'
  /** What a full bar stands for; the largest value otherwise. */
  readonly full?: number
  readonly onPress?: (item: BarItem) => void
}

/** Values by name as bars with their numbers: chart and table in one. */
export const BarList = ({ label, items, tone = 'feature', full, onPress }: BarListProps) => {
  const most = full ?? Math.max(...items.map((item) => Math.abs(item.value)), Number.MIN_VALUE)
  return (
    <ul className="ui-bars" aria-label={label}>
      {items.map((item) => {
        const content = (
          <>
            <span
              className="ui-bar-fill"
              style={{ width: `${(Math.abs(item.value) / most) * 100}%`, background: `var(--${tone})` }}
            />
            <span className="ui-bar-label">{item.label}</span>
            <span className="ui-bar-value">{item.text ?? formatCount(item.value)}</span>
          </>
        )
        return (
          <li key={item.id}>
            {onPress ? (
              <button type="button" className="ui-bar" onClick={() => onPress(item)}>
                {content}
              </button>
            ) : (
              <div className="ui-bar">{content}</div>
            )}
          </li>
        )
      })}
    </ul>
  )
}
