import { Search } from 'lucide-react'
import { useState } from 'react'
import { Table } from '../ui/table'
import { TextField } from '../ui/textField'
import { formatKeys, useCommands } from './commands'
import { matchScore } from './match'

/** The command table as a person reads it; commands without keys are in the palette. */
export const ShortcutsPanel = () => {
  const commands = useCommands((state) => state.commands)
  const [query, setQuery] = useState('')
  const rows = commands
    .filter((command) => command.keys !== undefined)
    .filter(
      (command) => matchScore(query, `${command.category} ${command.title} ${formatKeys(command.keys ?? '')}`) > 0,
    )
    .toSorted((a, b) => a.category.localeCompare(b.category) || a.title.localeCompare(b.title))
  return (
    <div className="page">
      <h1 className="page-title">Keyboard shortcuts</h1>
      <TextField
        label="Find a shortcut"
        isLabelHidden
        placeholder="Find a shortcut"
        icon={<Search size={14} aria-hidden />}
        value={query}
        onChange={setQuery}
      />
      <Table
        label="Keyboard shortcuts"
        rows={rows}
        rowKey={(command) => command.id}
        columns={[
          { id: 'category', header: 'Area', width: 120, cell: (command) => command.category },
          { id: 'title', header: 'Command', cell: (command) => command.title },
          {
            id: 'keys',
            header: 'Keys',
            width: 200,
            cell: (command) => <kbd className="ui-kbd">{formatKeys(command.keys ?? '')}</kbd>,
          },
        ]}
        empty={<p className="page-note">No shortcut fits “{query}”.</p>}
      />
    </div>
  )
}
