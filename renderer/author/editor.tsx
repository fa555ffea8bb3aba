import { nodeAtOffset, spansHere } from '@shared/graph/locate'
import { useEffect, useRef } from 'react'
import { type Settings, useSettings } from '../app/settings'
import { clearStatus, setStatus } from '../app/status'
import { editorOptions, monaco } from '../ui/monaco'
import type { OpenDocument } from './documents'
import { registerEditor } from './editors'
import './markers'
import './placeProviders'
import './providers'
import './renameBox'
import './shapeProviders'
import { useProblems } from './problems'
import { selectedNode, selectNode, useViews, viewOf } from './views'

interface ProgramEditorProps {
  readonly document: OpenDocument
  readonly isActive: boolean
}

/** The text of a program. The cursor’s statement is the chosen node of the graph. */
export const ProgramEditor = ({ document, isActive }: ProgramEditorProps) => {
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<monaco.editor.IStandaloneCodeEditor | null>(null)
  const { path, model } = document
  const node = useViews((views) => selectedNode(viewOf(views, path)))
  const checkedInMs = useProblems((problems) => problems.checkedInMs)

  useEffect(() => {
    if (!host.current) return
    const created = monaco.editor.create(host.current, {
      ...editorOptions,
      model,
      ariaLabel: `Program ${path}`,
      wordBasedSuggestions: 'off',
      quickSuggestions: { other: true, strings: false, comments: false },
      suggest: { showWords: false, insertMode: 'replace' },
      folding: true,
      showFoldingControls: 'mouseover',
      inlayHints: { enabled: hintsOf(useSettings.getState()), fontSize: 11 },
    })
    editor.current = created
    const stop = registerEditor(path, created)
    const cursor = created.onDidChangeCursorPosition(({ position, source }) => {
      showPosition(position)
      // Only a person’s own move chooses; an edit from the graph moves the cursor too.
      if (source === 'keyboard' || source === 'mouse' || source === 'navigation') chooseAt(path, model, position)
    })
    const followSettings = useSettings.subscribe((settings) =>
      created.updateOptions({ inlayHints: { enabled: hintsOf(settings), fontSize: 11 } }),
    )
    const followTyping = useViews.subscribe((views, before) => {
      const { answer } = viewOf(views, path)
      if (answer === viewOf(before, path).answer || !created.hasTextFocus()) return
      const position = created.getPosition()
      if (position) chooseAt(path, model, position)
    })
    return () => {
      cursor.dispose()
      followTyping()
      followSettings()
      stop()
      created.dispose()
      editor.current = null
    }
  }, [path, model])

  useEffect(() => {
    const decorations = editor.current?.createDecorationsCollection(
      node
        ? spansHere(node).map(({ start, end }) => ({
            range: monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end)),
            options: { isWholeLine: true, className: 'author-chosen-line' },
          }))
        : [],
    )
    return () => decorations?.clear()
  }, [node, model])

  useEffect(() => {
    if (!isActive) return
    const position = editor.current?.getPosition()
    if (position) showPosition(position)
    setStatus({ id: 'author.language', side: 'start', text: 'Pro-ML' })
    return () => {
      for (const id of ['author.position', 'author.language', 'author.checked']) clearStatus(id)
    }
  }, [isActive])

  useEffect(() => {
    if (isActive && checkedInMs !== null)
      setStatus({ id: 'author.checked', side: 'start', text: `Checked in ${Math.max(1, Math.round(checkedInMs))} ms` })
  }, [isActive, checkedInMs])

  return <div ref={host} className="author-editor" />
}

const hintsOf = ({ areHintsShown }: Settings) => (areHintsShown ? 'on' : 'off')

const chooseAt = (path: string, model: monaco.editor.ITextModel, position: monaco.IPosition): void => {
  const { answer } = viewOf(useViews.getState(), path)
  if (answer) selectNode(path, nodeAtOffset(answer.graph, model.getOffsetAt(position))?.id ?? null)
}

const showPosition = ({ lineNumber, column }: monaco.IPosition): void =>
  setStatus({ id: 'author.position', side: 'start', text: `Ln ${lineNumber}, Col ${column}` })
