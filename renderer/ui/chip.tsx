import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from 'react-aria-components'

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad'

interface ChipProps {
  readonly children: ReactNode
  readonly tone?: Tone
  readonly title?: string
  readonly onPress?: () => void
  /** With this the chip can be taken away; `removeLabel` is read aloud. */
  readonly onRemove?: () => void
  readonly removeLabel?: string
}

/** A short state or filter. The word carries the meaning, the tone repeats it. */
export const Chip = ({ children, tone = 'neutral', title, onPress, onRemove, removeLabel }: ChipProps) => {
  const className = `ui-chip ui-chip-${tone}`
  const remove = onRemove ? (
    <Button aria-label={removeLabel ?? 'Remove'} className="ui-chip-remove" onPress={onRemove}>
      <X size={12} aria-hidden />
    </Button>
  ) : null
  if (onPress && !onRemove)
    return (
      <Button className={className} onPress={onPress}>
        {children}
      </Button>
    )
  return (
    <span className={className} title={title}>
      {onPress ? (
        <Button className="ui-chip-label" onPress={onPress}>
          {children}
        </Button>
      ) : (
        children
      )}
      {remove}
    </span>
  )
}
