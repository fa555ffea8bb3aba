import type { ColumnSchema } from '@shared/data/profile'
import type { Filter } from '@shared/rpc/data'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { Button } from '../../ui/button'
import { Chip } from '../../ui/chip'
import { Select } from '../../ui/select'
import { TextField } from '../../ui/textField'
import { filterLabel, needsValue, type Operator, operatorLabel, operatorsOf, parseFilterValue } from './filters'

interface FilterFormProps {
  readonly columns: readonly ColumnSchema[]
  readonly start: string | null
  readonly onAdd: (filter: Filter) => void
}

const FilterForm = ({ columns, start, onAdd }: FilterFormProps) => {
  const [name, setName] = useState(start ?? columns[0]?.name ?? '')
  const column = columns.find((one) => one.name === name)
  const operators = operatorsOf(column?.type ?? 'string')
  const [chosen, setOperator] = useState<Operator>('=')
  const operator = operators.includes(chosen) ? chosen : '='
  const [text, setText] = useState('')
  const [error, setError] = useState<string | null>(null)
  const add = (): void => {
    if (!column) return
    if (!needsValue(operator)) {
      onAdd({ column: name, operator })
      return
    }
    const parsed = parseFilterValue(text, column.type)
    if (parsed.ok) onAdd({ column: name, operator, value: parsed.value })
    else setError(parsed.why)
  }
  return (
    <div className="explore-filter-form">
      <Select
        label="Column"
        options={columns.map((one) => ({ id: one.name, label: one.name, detail: one.type }))}
        value={name}
        onChange={setName}
      />
      <Select
        label="Condition"
        options={operators.map((one) => ({ id: one, label: operatorLabel(one) }))}
        value={operator}
        onChange={setOperator}
      />
      {needsValue(operator) ? (
        <TextField
          label="Value"
          value={text}
          error={error}
          autoFocus
          onChange={(next) => {
            setText(next)
            setError(null)
          }}
          onEnter={add}
        />
      ) : null}
      <div className="dialog-actions">
        <Button kind="primary" onPress={add}>
          Add filter
        </Button>
      </div>
    </div>
  )
}

interface FilterBarProps {
  readonly columns: readonly ColumnSchema[]
  readonly filters: readonly Filter[]
  /** The column that a new filter begins with. */
  readonly selected: string | null
  readonly onChange: (filters: readonly Filter[]) => void
}

export const FilterBar = ({ columns, filters, selected, onChange }: FilterBarProps) => (
  <div className="explore-filters">
    {filters.map((filter) => {
      const label = filterLabel(filter)
      return (
        <Chip
          key={label}
          tone="accent"
          removeLabel={`Remove the filter ${label}`}
          onRemove={() => onChange(filters.filter((one) => one !== filter))}
        >
          {label}
        </Chip>
      )
    })}
    <DialogTrigger>
      <Button kind="quiet">
        <Plus size={13} aria-hidden /> filter
      </Button>
      <Popover className="ui-popover" offset={4} placement="bottom start">
        <Dialog aria-label="Add a filter" className="explore-filter-dialog">
          {({ close }) => (
            <FilterForm
              columns={columns}
              start={selected}
              onAdd={(filter) => {
                close()
                onChange([...filters, filter])
              }}
            />
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
    {filters.length > 1 ? (
      <Button kind="quiet" onPress={() => onChange([])}>
        Clear all
      </Button>
    ) : null}
  </div>
)
