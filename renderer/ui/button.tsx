import type { ReactNode } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { Tooltip } from './tooltip'

interface ButtonProps {
  readonly children: ReactNode
  readonly onPress?: () => void
  /** One primary button a screen. */
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  readonly isDisabled?: boolean
  /** Says more than the label, or why it is disabled. */
  readonly tooltip?: string
  readonly keys?: string
  readonly type?: 'button' | 'submit'
  readonly className?: string
}

export const Button = ({ children, kind = 'plain', tooltip, keys, className, ...rest }: ButtonProps) => {
  const button = (
    <AriaButton {...rest} className={`ui-button ui-button-${kind} ${className ?? ''}`}>
      {children}
    </AriaButton>
  )
  return tooltip ? (
    <Tooltip text={tooltip} keys={keys}>
      {button}
    </Tooltip>
  ) : (
    button
  )
}

interface IconButtonProps {
  /** Read aloud, and shown as the tooltip. */
  readonly label: string
  readonly keys?: string
  readonly icon: ReactNode
  readonly onPress?: () => void
  readonly isDisabled?: boolean
  /** For a toggle: whether it is on. */
  readonly pressed?: 'on' | 'off'
  readonly className?: string
}

export const IconButton = ({ label, keys, icon, pressed, className, ...rest }: IconButtonProps) => (
  <Tooltip text={label} keys={keys}>
    <AriaButton
      {...rest}
      aria-label={label}
      aria-pressed={pressed === undefined ? undefined : pressed === 'on'}
      className={`ui-icon-button ${className ?? ''}`}
    >
      {icon}
    </AriaButton>
  </Tooltip>
)
