import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight, Copy, FilePlus, FolderPlus, Pencil, Trash2, WandSparkles } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { FileIcon } from '../../app/fileIcon'
import { openFile, useNavigation } from '../../app/navigation'
import { attempt } from '../../app/notices'
import { useProblemsByFile } from '../../app/problems'
import { useWorkspace } from '../../app/workspace'
import { formatBytes } from '../../ui/format'
import { ContextMenu, type MenuEntries } from '../../ui/menu'
import { canDraftFrom, draftFrom } from '../draft'
import { newFile, newFolder, removePath, renameTo, setExpanded, useFiles } from './store'
import { parentOf, type TreeRow, typeAhead, visibleRows } from './tree'

const rowHeight = 26

const menuOf = (row: TreeRow): MenuEntries => {
  const { path, kind } = row.entry
  const folder = kind === 'folder' ? path : parentOf(path)
  return [
    ...(kind === 'file' ? [{ id: 'open', label: 'Open', keys: 'Enter', run: () => openFile(path) }] : []),
    ...(kind === 'file' && canDraftFrom(path)
      ? [
          {
            id: 'draft',
            label: 'Draft model from this file',
            icon: <WandSparkles size={14} aria-hidden />,
            run: () => draftFrom(path),
          },
        ]
      : []),
    ...(kind === 'file' ? [null] : []),
    { id: 'file', label: 'New file', icon: <FilePlus size={14} aria-hidden />, run: () => newFile(folder) },
    { id: 'folder', label: 'New folder', icon: <FolderPlus size={14} aria-hidden />, run: () => newFolder(folder) },
    null,
    {
      id: 'copy',
      label: 'Copy path',
      icon: <Copy size={14} aria-hidden />,
      run: () => attempt(() => navigator.clipboard.writeText(path)),
    },
    {
      id: 'rename',
      label: 'Rename',
      keys: 'F2',
      icon: <Pencil size={14} aria-hidden />,
      run: () => useFiles.setState({ renaming: path }),
    },
    {
      id: 'remove',
      label: 'Move to trash',
      keys: 'Delete',
      icon: <Trash2 size={14} aria-hidden />,
      isDangerous: true,
      run: () => removePath(path),
    },
  ]
}

const NameField = ({ row }: { readonly row: TreeRow }) => {
  const [name, setName] = useState(row.entry.name)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    field.current?.focus()
    const dot = row.entry.name.lastIndexOf('.')
    field.current?.setSelectionRange(0, dot > 0 ? dot : row.entry.name.length)
  }, [row.entry.name])
  return (
    <input
      ref={field}
      className="files-name-field"
      aria-label={`New name of ${row.entry.name}`}
      value={name}
      onChange={(event) => setName(event.target.value)}
      onBlur={() => renameTo(row.entry.path, name)}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Enter') renameTo(row.entry.path, name)
        if (event.key === 'Escape') useFiles.setState({ renaming: null })
      }}
    />
  )
}

interface RowProps {
  readonly row: TreeRow
  readonly note: string
  readonly isFocused: boolean
  readonly isSelected: boolean
  readonly isRenaming: boolean
}

const Row = ({ row, note, isFocused, isSelected, isRenaming }: RowProps) => (
  <div className="files-row" data-focused={isFocused || undefined} data-selected={isSelected || undefined}>
    <span style={{ width: (row.level - 1) * 14 + 4 }} />
    <span className="files-twist" data-open={row.isExpanded || undefined}>
      {row.entry.kind === 'folder' ? <ChevronRight size={13} aria-hidden /> : null}
    </span>
    <FileIcon
      name={row.entry.name}
      folder={row.entry.kind === 'folder' ? (row.isExpanded ? 'open' : 'closed') : undefined}
    />
    {isRenaming ? (
      <NameField row={row} />
    ) : (
      <span className="files-name" title={row.entry.name}>
        {row.entry.name}
      </span>
    )}
    <span className="files-note">{note}</span>
  </div>
)

const useNotes = (): ((row: TreeRow) => string) => {
  const problems = useProblemsByFile()
  return (row) => {
    const amount = problems[row.entry.path]?.length ?? 0
    if (amount > 0) return amount === 1 ? '1 problem' : `${amount} problems`
    return row.entry.kind === 'file' ? formatBytes(row.entry.sizeBytes) : ''
  }
}

/** The workspace’s files: one tab stop, arrows as in any tree, virtualised. */
export const FilesTree = () => {
  const entries = useWorkspace((state) => state.entries)
  const { expanded, focused, renaming } = useFiles()
  const active = useNavigation((state) => state.activePanel?.parameters.path)
  const rows = useMemo(() => visibleRows(entries, expanded), [entries, expanded])
  const noteOf = useNotes()
  const scroll = useRef<HTMLDivElement>(null)
  const [menu, setMenu] = useState<{ readonly row: TreeRow; readonly x: number; readonly y: number } | null>(null)
  const typed = useRef({ text: '', at: 0 })
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const index = Math.max(
    0,
    rows.findIndex((row) => row.entry.path === focused),
  )
  const focusRow = (at: number): void => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, at))]
    if (!row) return
    useFiles.setState({ focused: row.entry.path })
    virtual.scrollToIndex(rows.indexOf(row))
  }
  const activate = (row: TreeRow): void => {
    if (row.entry.kind === 'folder') setExpanded(row.entry.path, 'toggle')
    else openFile(row.entry.path)
  }
  const openMenuAtFocus = (row: TreeRow): void => {
    const box = document.getElementById(`file-${row.entry.path}`)?.getBoundingClientRect()
    setMenu({ row, x: (box?.left ?? 0) + 40, y: box?.bottom ?? 0 })
  }

  /** Whether the key is one of the tree’s. */
  const act = (row: TreeRow, key: string): boolean => {
    const { path, kind } = row.entry
    switch (key) {
      case 'ArrowDown':
        focusRow(index + 1)
        return true
      case 'ArrowUp':
        focusRow(index - 1)
        return true
      case 'PageDown':
        focusRow(index + 15)
        return true
      case 'PageUp':
        focusRow(index - 15)
        return true
      case 'Home':
        focusRow(0)
        return true
      case 'End':
        focusRow(rows.length - 1)
        return true
      case 'ArrowRight':
        if (kind === 'folder' && !row.isExpanded) setExpanded(path, 'open')
        else focusRow(index + 1)
        return true
      case 'ArrowLeft':
        if (row.isExpanded) setExpanded(path, 'close')
        else focusRow(rows.findIndex((one) => one.entry.path === parentOf(path)))
        return true
      case 'Enter':
      case ' ':
        activate(row)
        return true
      case 'F2':
        useFiles.setState({ renaming: path })
        return true
      case 'Delete':
        removePath(path)
        return true
      case 'ContextMenu':
        openMenuAtFocus(row)
        return true
      default:
        return false
    }
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[index]
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return
    if (act(row, event.key === 'F10' && event.shiftKey ? 'ContextMenu' : event.key)) {
      event.preventDefault()
      return
    }
    if (event.key.length !== 1) return
    const now = Date.now()
    typed.current = { text: now - typed.current.at < 700 ? typed.current.text + event.key : event.key, at: now }
    focusRow(typeAhead(rows, typed.current.text.length > 1 ? index - 1 : index, typed.current.text))
    event.preventDefault()
  }

  return (
    <>
      <div
        ref={scroll}
        role="tree"
        aria-label="Files"
        tabIndex={0}
        className="files-tree"
        aria-activedescendant={rows[index] ? `file-${rows[index].entry.path}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div role="none" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index]
            if (!row) return null
            return (
              // biome-ignore lint/a11y/useFocusableInteractive: the tree holds the focus and names the active item
              // biome-ignore lint/a11y/useKeyWithClickEvents: the tree’s own keys do the same
              <div
                key={row.entry.path}
                id={`file-${row.entry.path}`}
                role="treeitem"
                aria-level={row.level}
                aria-posinset={row.position}
                aria-setsize={row.siblings}
                aria-expanded={row.entry.kind === 'folder' ? row.isExpanded : undefined}
                aria-selected={row.entry.path === active}
                className="files-item"
                style={{ transform: `translateY(${item.start}px)` }}
                title={row.entry.path}
                onClick={() => {
                  useFiles.setState({ focused: row.entry.path })
                  activate(row)
                }}
                onContextMenu={(event) => {
                  event.preventDefault()
                  useFiles.setState({ focused: row.entry.path })
                  setMenu({ row, x: event.clientX, y: event.clientY })
                }}
              >
                <Row
                  row={row}
                  note={noteOf(row)}
                  isFocused={item.index === index}
                  isSelected={row.entry.path === active}
                  isRenaming={row.entry.path === renaming}
                />
              </div>
            )
          })}
        </div>
      </div>
      <ContextMenu
        label={menu ? `Actions for ${menu.row.entry.name}` : 'Actions'}
        entries={menu ? menuOf(menu.row) : []}
        at={menu}
        onClose={() => setMenu(null)}
      />
    </>
  )
}
