import type { CellKind } from '@shared/notebook/notebook'
import { type KeyboardEvent, memo, useEffect, useMemo, useRef } from 'react'
import { CompletionList, useCompletion } from './completion'
import { dedentLines, indentLines, isAfterName, isAtEdge, isInCall, newLine, toggleComment } from './editing'
import { tokensOf } from './highlight'
import { InspectorView, useInspector } from './inspector'
import { edit, goToCell, goToNeighbour, type NotebookStore, selectCell } from './store'

const Coloured = memo(({ source }: { readonly source: string }) => {
  const tokens = useMemo(() => tokensOf(source), [source])
  return tokens.map((token, index) =>
    token.kind === 'plain' ? (
      token.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
      <span key={index} className={`notebook-${token.kind}`}>
        {token.text}
      </span>
    ),
  )
})

interface CellEditorProps {
  readonly store: NotebookStore
  readonly cellKey: string
  readonly kind: CellKind
  readonly source: string
  /** Read aloud. */
  readonly label: string
  /** Grows when the field should take the focus; 0 while it should not. */
  readonly focusRequest: number
  readonly kernelId: string | null
}

/** A plain text field over its own coloured copy: the browser does caret, selection, input methods, spelling and undo. */
export const CellEditor = ({ store, cellKey, kind, source, label, focusRequest, kernelId }: CellEditorProps) => {
  const field = useRef<HTMLTextAreaElement>(null)
  const mirror = useRef<HTMLPreElement>(null)
  const isCode = kind === 'code'
  const completion = useCompletion(field, mirror, isCode ? kernelId : null)
  const inspector = useInspector(field, isCode ? kernelId : null)

  useEffect(() => {
    if (focusRequest > 0) field.current?.focus()
  }, [focusRequest])

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    const textarea = event.currentTarget
    if (event.nativeEvent.isComposing || completion.onKey(event)) return
    if (event.key !== 'Shift') inspector.close()
    const isMod = event.ctrlKey || event.metaKey
    const act = (action: () => void): void => {
      event.preventDefault()
      action()
    }
    const leave = (step: 1 | -1): void => {
      if (isAtEdge(textarea, step) && goToNeighbour(store, step, 'edit')) event.preventDefault()
    }
    switch (event.key) {
      case 'Escape':
        // The first press closes what hangs over the text.
        if (inspector.text === null) act(() => goToCell(store, cellKey, 'command'))
        break
      case 'Tab':
        if (isMod || event.altKey) break
        if (event.shiftKey)
          act(() => (isCode && kernelId !== null && isInCall(textarea) ? inspector.ask() : dedentLines(textarea)))
        else if (isCode && kernelId !== null && isAfterName(textarea)) act(completion.ask)
        else act(() => indentLines(textarea))
        break
      case ' ':
        if (isMod && isCode) act(completion.ask)
        break
      case '/':
        if (isMod && isCode) act(() => toggleComment(textarea))
        break
      case 'Enter':
        if (isCode && !isMod && !event.shiftKey && !event.altKey) act(() => newLine(textarea))
        break
      case 'ArrowUp':
        if (!event.shiftKey && !isMod) leave(-1)
        break
      case 'ArrowDown':
        if (!event.shiftKey && !isMod) leave(1)
        break
    }
  }

  return (
    <div className="notebook-editor">
      {/* The last line break would have no height without something behind it. */}
      <pre ref={mirror} aria-hidden className="notebook-mirror">
        {isCode ? <Coloured source={source} /> : source}
        {'\u200b'}
      </pre>
      <textarea
        ref={field}
        className="notebook-field"
        aria-label={label}
        aria-autocomplete={isCode ? 'list' : undefined}
        aria-controls={completion.open ? completion.listId : undefined}
        aria-activedescendant={completion.open ? `${completion.listId}-${completion.open.chosen}` : undefined}
        value={source}
        rows={1}
        spellCheck={kind === 'markdown'}
        autoCapitalize="off"
        autoCorrect="off"
        placeholder={kind === 'markdown' ? 'Markdown' : undefined}
        onChange={(event) => edit(store, { kind: 'setSource', key: cellKey, source: event.target.value })}
        onKeyDown={onKeyDown}
        onFocus={() => selectCell(store, cellKey, 'edit')}
        onBlur={() => {
          completion.close()
          inspector.close()
          if (store.getState().selected === cellKey) selectCell(store, cellKey, 'command')
        }}
      />
      <CompletionList completion={completion} />
      <InspectorView inspector={inspector} />
    </div>
  )
}
