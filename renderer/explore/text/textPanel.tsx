import { counted } from '@shared/counted'
import { useEffect, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import type { PanelParameters } from '../../app/contributions'
import { attempt } from '../../app/notices'
import { fileName } from '../../app/panels'
import { clearStatus, setStatus } from '../../app/status'
import { onEvent } from '../../app/studio'
import { Button } from '../../ui/button'
import { ErrorState, Skeleton } from '../../ui/states'
import { setActiveText } from './activeText'
import { createTextDocument, type TextDocument } from './document'

const useDocument = (path: string): TextDocument => {
  const document = useMemo(() => createTextDocument(path), [path])
  useEffect(() => {
    const stop = onEvent('workspace', 'changed', ({ paths }) => {
      if (paths.includes(path) || paths.includes('')) attempt(() => document.reload('keep'))
    })
    return () => {
      stop()
      document.dispose()
    }
  }, [document, path])
  return document
}

const Choices = ({ document }: { readonly document: TextDocument }) => {
  const { isInConflict, recovered } = useStore(document)
  if (isInConflict)
    return (
      <div className="banner banner-warn" role="alert">
        <span>The file changed on disk while there is unsaved text here.</span>
        <Button onPress={() => attempt(() => document.save('overwrite'))}>Keep mine</Button>
        <Button onPress={() => attempt(() => document.reload('drop'))}>Take the file’s</Button>
      </div>
    )
  if (recovered !== null)
    return (
      <div className="banner banner-warn" role="status">
        <span>There is unsaved text of an earlier session.</span>
        <Button onPress={() => document.takeRecovered()}>Restore it</Button>
        <Button onPress={() => document.dropRecovered()}>Discard it</Button>
      </div>
    )
  return null
}

interface TextPanelProps {
  readonly parameters: PanelParameters
  readonly isActive: boolean
}

/** Plain text: reading and editing of what has no richer panel. */
export const TextPanel = ({ parameters, isActive }: TextPanelProps) => {
  const path = String(parameters.path)
  const document = useDocument(path)
  const { text, error } = useStore(document)
  const area = useRef<HTMLTextAreaElement>(null)

  useEffect(() => (isActive ? setActiveText({ save: () => document.save() }) : undefined), [isActive, document])
  useEffect(() => {
    if (!isActive || text === null) return
    setStatus({ id: 'file', side: 'start', text: `${fileName(path)} · ${counted(text.split('\n').length, 'line')}` })
    return () => clearStatus('file')
  }, [isActive, path, text])

  const { line, revealedAt } = parameters
  const isRead = text !== null
  // biome-ignore lint/correctness/useExhaustiveDependencies: `revealedAt` asks again for the same line
  useEffect(() => {
    const field = area.current
    if (!field || !isRead || typeof line !== 'number') return
    const before = field.value.split('\n').slice(0, line - 1)
    const offset = before.reduce((sum, one) => sum + one.length + 1, 0)
    field.focus()
    field.setSelectionRange(offset, offset)
    field.scrollTop = (line - 4) * 20
  }, [isRead, line, revealedAt])

  if (error)
    return (
      <ErrorState
        error={error}
        action={<Button onPress={() => attempt(() => document.reload('drop'))}>Try again</Button>}
      />
    )
  if (text === null)
    return (
      <div className="explore-wait">
        <Skeleton lines={10} />
      </div>
    )
  return (
    <>
      <Choices document={document} />
      <textarea
        ref={area}
        className="explore-text mono"
        aria-label={`Text of ${fileName(path)}`}
        value={text}
        spellCheck={false}
        onChange={(event) => document.edit(event.target.value)}
      />
    </>
  )
}
