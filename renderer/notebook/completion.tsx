import { type RefObject, useCallback, useEffect, useId, useRef, useState } from 'react'
import { studio } from '../app/studio'
import { typeText } from './editing'

interface Match {
  readonly text: string
  readonly type?: string
}

interface Open {
  readonly matches: readonly Match[]
  readonly start: number
  readonly end: number
  readonly chosen: number
  readonly left: number
  readonly top: number
}

export interface Completion {
  readonly open: Open | null
  readonly listId: string
  ask(): void
  close(): void
  /** True when the key was for the list. */
  onKey(event: { readonly key: string; preventDefault(): void }): boolean
  take(index: number): void
}

/** Where a character stands, measured on the coloured text that lies exactly behind the field. */
const placeOf = (mirror: HTMLElement, offset: number): { left: number; top: number } => {
  const walker = document.createTreeWalker(mirror, NodeFilter.SHOW_TEXT)
  let rest = offset
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0
    if (rest <= length) {
      const range = document.createRange()
      range.setStart(node, rest)
      range.setEnd(node, rest)
      const [at, box] = [range.getBoundingClientRect(), mirror.getBoundingClientRect()]
      return { left: at.left - box.left, top: at.bottom - box.top }
    }
    rest -= length
  }
  return { left: 0, top: mirror.clientHeight }
}

const shownMatches = 200

export const useCompletion = (
  field: RefObject<HTMLTextAreaElement | null>,
  mirror: RefObject<HTMLElement | null>,
  kernelId: string | null,
): Completion => {
  const [open, setOpen] = useState<Open | null>(null)
  const listId = useId()
  const request = useRef<AbortController | null>(null)
  const close = useCallback(() => {
    request.current?.abort()
    setOpen(null)
  }, [])
  useEffect(() => close, [close])

  const put = (match: Match, start: number, end: number): void => {
    const textarea = field.current
    if (!textarea) return
    textarea.setSelectionRange(start, end)
    typeText(textarea, match.text)
    setOpen(null)
  }

  const ask = (): void => {
    const textarea = field.current
    if (!textarea || kernelId === null) return
    request.current?.abort()
    const controller = new AbortController()
    request.current = controller
    const { value, selectionStart } = textarea
    studio.kernels
      .complete({ kernelId, code: value, cursor: selectionStart }, { signal: controller.signal })
      .then(({ matches, start, end }) => {
        if (controller.signal.aborted || textarea.value !== value || textarea.selectionStart !== selectionStart) return
        const [only] = matches
        if (!only) return
        if (matches.length === 1) put(only, start, end)
        else if (mirror.current)
          setOpen({ matches: matches.slice(0, shownMatches), start, end, chosen: 0, ...placeOf(mirror.current, start) })
      })
      // A kernel that goes away meanwhile has its own message.
      .catch(() => {})
  }

  const move = (step: number): void =>
    setOpen((now) => now && { ...now, chosen: (now.chosen + step + now.matches.length) % now.matches.length })

  const take = (index: number): void => {
    const match = open?.matches[index]
    if (open && match) put(match, open.start, open.end)
  }

  const onKey: Completion['onKey'] = (event) => {
    if (!open) return false
    const actions = new Map([
      ['ArrowDown', () => move(1)],
      ['ArrowUp', () => move(-1)],
      ['Enter', () => take(open.chosen)],
      ['Tab', () => take(open.chosen)],
      ['Escape', close],
    ])
    const action = actions.get(event.key)
    if (!action) {
      close()
      return false
    }
    event.preventDefault()
    action()
    return true
  }

  return { open, listId, ask, close, onKey, take }
}

export const CompletionList = ({ completion }: { readonly completion: Completion }) => {
  const { open, listId, take } = completion
  const chosen = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (open) chosen.current?.scrollIntoView({ block: 'nearest' })
  }, [open])
  if (!open) return null
  return (
    <div
      id={listId}
      role="listbox"
      aria-label="Completions"
      className="notebook-completions"
      style={{ left: open.left, top: open.top }}
    >
      {open.matches.map((match, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option
        <div
          key={match.text}
          id={`${listId}-${index}`}
          ref={index === open.chosen ? chosen : undefined}
          role="option"
          aria-selected={index === open.chosen}
          className="notebook-completion"
          onPointerDown={(event) => {
            event.preventDefault()
            take(index)
          }}
        >
          <span className="notebook-completion-text">{match.text}</span>
          <span className="notebook-completion-type">{match.type ?? ''}</span>
        </div>
      ))}
    </div>
  )
}
