import { type PointerEvent, useRef } from 'react'

interface SplitterProps {
  readonly label: string
  /** The line’s own direction: a vertical line is dragged left and right. */
  readonly orientation: 'vertical' | 'horizontal'
  readonly value: number
  readonly min: number
  readonly max: number
  /** Whether dragging right or down makes the pane larger (`after`: it lies before the line) or smaller. */
  readonly pane: 'before' | 'after'
  readonly onChange: (value: number) => void
}

/** A line between two panes; drag it, or use the arrow keys. */
export const Splitter = ({ label, orientation, value, min, max, pane, onChange }: SplitterProps) => {
  const start = useRef<{ at: number; value: number } | null>(null)
  const sign = pane === 'before' ? 1 : -1
  const clamp = (next: number): number => Math.min(max, Math.max(min, Math.round(next)))
  const position = (event: PointerEvent): number => (orientation === 'vertical' ? event.clientX : event.clientY)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a focusable separator is the pattern for a splitter
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      className={`ui-splitter ui-splitter-${orientation}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        start.current = { at: position(event), value }
      }}
      onPointerMove={(event) => {
        if (start.current) onChange(clamp(start.current.value + sign * (position(event) - start.current.at)))
      }}
      onPointerUp={() => {
        start.current = null
      }}
      onKeyDown={(event) => {
        const [less, more] = orientation === 'vertical' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown']
        if (event.key !== less && event.key !== more) return
        event.preventDefault()
        onChange(clamp(value + sign * (event.key === more ? 16 : -16)))
      }}
    />
  )
}
