import type { ReactElement } from 'react'
import { Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components'

interface TooltipProps {
  readonly text: string
  /** As people read them: `Ctrl P`. */
  readonly keys?: string
  /** Something that can take focus: a button of this kit. */
  readonly children: ReactElement
}

export const Tooltip = ({ text, keys, children }: TooltipProps) => (
  <TooltipTrigger delay={500} closeDelay={80}>
    {children}
    <AriaTooltip className="ui-tooltip" offset={6}>
      {text}
      {keys ? <kbd className="ui-kbd">{keys}</kbd> : null}
    </AriaTooltip>
  </TooltipTrigger>
)
