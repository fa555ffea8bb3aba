import type { ReactNode } from 'react'
import { TextField as AriaTextField, FieldError, Input, Label, Text } from 'react-aria-components'

interface TextFieldProps {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly value: string
  readonly onChange: (value: string) => void
  readonly onEnter?: () => void
  readonly onBlur?: () => void
  readonly placeholder?: string
  readonly description?: string
  readonly error?: string | null
  readonly type?: 'text' | 'password' | 'number' | 'search' | 'url'
  readonly isDisabled?: boolean
  readonly autoFocus?: boolean
  readonly icon?: ReactNode
  readonly className?: string
}

export const TextField = ({
  label,
  isLabelHidden,
  description,
  error,
  placeholder,
  onEnter,
  icon,
  className,
  ...rest
}: TextFieldProps) => (
  <AriaTextField
    {...rest}
    aria-label={isLabelHidden ? label : undefined}
    isInvalid={Boolean(error)}
    className={`ui-field ${className ?? ''}`}
    onKeyDown={(event) => {
      if (event.key === 'Enter') onEnter?.()
      else event.continuePropagation()
    }}
  >
    {isLabelHidden ? null : <Label className="ui-label">{label}</Label>}
    <span className="ui-input-box">
      {icon}
      <Input className="ui-input" placeholder={placeholder} spellCheck="false" />
    </span>
    {description ? (
      <Text slot="description" className="ui-description">
        {description}
      </Text>
    ) : null}
    <FieldError className="ui-field-error">{error}</FieldError>
  </AriaTextField>
)
