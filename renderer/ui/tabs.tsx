import type { ReactNode } from 'react'
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components'

export interface TabItem<T extends string> {
  readonly id: T
  readonly label: ReactNode
  readonly content: ReactNode
}

interface TabsProps<T extends string> {
  readonly label: string
  readonly items: readonly TabItem<T>[]
  readonly selected: T
  readonly onSelect: (id: T) => void
  /** At the right end of the row of tabs. */
  readonly actions?: ReactNode
  readonly className?: string
}

export const Tabs = <T extends string>({ label, items, selected, onSelect, actions, className }: TabsProps<T>) => (
  <AriaTabs
    className={`ui-tabs ${className ?? ''}`}
    selectedKey={selected}
    onSelectionChange={(key) => {
      const chosen = items.find((item) => item.id === key)
      if (chosen) onSelect(chosen.id)
    }}
  >
    <div className="ui-tab-row">
      <TabList aria-label={label} className="ui-tab-list">
        {items.map((item) => (
          <Tab key={item.id} id={item.id} className="ui-tab">
            {item.label}
          </Tab>
        ))}
      </TabList>
      {actions ? <div className="ui-tab-actions">{actions}</div> : null}
    </div>
    {items.map((item) => (
      <TabPanel key={item.id} id={item.id} className="ui-tab-panel">
        {item.content}
      </TabPanel>
    ))}
  </AriaTabs>
)
