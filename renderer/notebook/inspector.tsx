import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { studio } from '../app/studio'
import { AnsiText } from './ansi'

export interface Inspector {
  readonly text: string | null
  ask(): void
  close(): void
}

/** The documentation of the name at the caret, asked of the kernel. */
export const useInspector = (field: RefObject<HTMLTextAreaElement | null>, kernelId: string | null): Inspector => {
  const [text, setText] = useState<string | null>(null)
  const request = useRef<AbortController | null>(null)
  const close = useCallback(() => {
    request.current?.abort()
    setText(null)
  }, [])
  useEffect(() => close, [close])
  const ask = (): void => {
    const textarea = field.current
    if (!textarea || kernelId === null) return
    request.current?.abort()
    const controller = new AbortController()
    request.current = controller
    const { value, selectionStart } = textarea
    studio.kernels.inspect({ kernelId, code: value, cursor: selectionStart }, { signal: controller.signal }).then(
      (found) => {
        if (!controller.signal.aborted)
          setText(found.isFound ? found.text : 'The kernel knows nothing about this name.')
      },
      // A kernel that goes away meanwhile has its own message.
      () => {},
    )
  }
  return { text, ask, close }
}

export const InspectorView = ({ inspector }: { readonly inspector: Inspector }) =>
  inspector.text === null ? null : (
    <div className="notebook-docs" role="status" aria-label="Documentation">
      <AnsiText text={inspector.text} />
    </div>
  )
