import { Check, ChevronDown } from 'lucide-react'
import { Select as AriaSelect, Button, Label, ListBox, ListBoxItem, Popover, SelectValue } from 'react-aria-components'

export interface SelectOption<T extends string> {
  readonly id: T
  readonly label: string
  readonly detail?: string
}

interface SelectProps<T extends string> {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly options: readonly SelectOption<T>[]
  readonly value: T | null
  readonly onChange: (value: T) => void
  readonly placeholder?: string
  readonly isDisabled?: boolean
  readonly className?: string
}

export const Select = <T extends string>({
  label,
  isLabelHidden,
  options,
  value,
  onChange,
  placeholder,
  isDisabled,
  className,
}: SelectProps<T>) => (
  <AriaSelect
    aria-label={isLabelHidden ? label : undefined}
    selectedKey={value}
    onSelectionChange={(key) => {
      const chosen = options.find((option) => option.id === key)
      if (chosen) onChange(chosen.id)
    }}
    placeholder={placeholder ?? 'Choose…'}
    isDisabled={isDisabled}
    className={`ui-field ${className ?? ''}`}
  >
    {isLabelHidden ? null : <Label className="ui-label">{label}</Label>}
    <Button className="ui-select-button">
      <SelectValue className="ui-select-value">
        {({ selectedText, defaultChildren }) => selectedText || defaultChildren}
      </SelectValue>
      <ChevronDown size={14} aria-hidden />
    </Button>
    <Popover className="ui-popover" offset={2}>
      <ListBox className="ui-menu">
        {options.map((option) => (
          <ListBoxItem key={option.id} id={option.id} textValue={option.label} className="ui-menu-item">
            {({ isSelected }) => (
              <>
                <span className="ui-menu-check">{isSelected ? <Check size={14} aria-hidden /> : null}</span>
                <span>{option.label}</span>
                {option.detail ? <span className="ui-menu-detail">{option.detail}</span> : null}
              </>
            )}
          </ListBoxItem>
        ))}
      </ListBox>
    </Popover>
  </AriaSelect>
)
