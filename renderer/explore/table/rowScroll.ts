import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { type ScrollScale, scrollScale } from './scroll'

export interface RowScroll {
  readonly scale: ScrollScale
  /** Where the content is, in content pixels. */
  readonly top: number
  readonly scrollTop: number
  readonly viewport: number
  /** Bring a content position to the top of the view. */
  scrollTo(top: number): void
}

/** Vertical scrolling of rows over a possibly scaled bar; the wheel moves by rows also where the bar is scaled. */
export const useRowScroll = (
  element: RefObject<HTMLDivElement | null>,
  rows: number,
  rowHeight: number,
  headerHeight: number,
): RowScroll => {
  const [viewport, setViewport] = useState(400)
  const [state, setState] = useState({ top: 0, scrollTop: 0 })
  const scale = useMemo(() => scrollScale(rows, rowHeight, viewport), [rows, rowHeight, viewport])
  const current = useRef({ scale, top: 0, expected: 0 })
  current.current.scale = scale

  const moveTo = (next: number): void => {
    const box = element.current
    if (!box) return
    const top = current.current.scale.clamp(next)
    const scrollTop = current.current.scale.toScrollTop(top)
    current.current.top = top
    box.scrollTop = scrollTop
    // What the browser made of it, rounded to its own pixels.
    current.current.expected = box.scrollTop
    setState({ top, scrollTop: box.scrollTop })
  }

  useLayoutEffect(() => {
    const box = element.current
    if (!box) return
    const observer = new ResizeObserver(() => setViewport(Math.max(0, box.clientHeight - headerHeight)))
    observer.observe(box)
    return () => observer.disconnect()
  }, [element, headerHeight])

  useEffect(() => {
    const box = element.current
    if (!box) return
    const onScroll = (): void => {
      const { expected } = current.current
      if (Math.abs(box.scrollTop - expected) < 1) return
      const top = current.current.scale.toTop(box.scrollTop)
      current.current.top = top
      current.current.expected = box.scrollTop
      setState({ top, scrollTop: box.scrollTop })
    }
    const onWheel = (event: WheelEvent): void => {
      const { scale: now, top } = current.current
      if (now.contentHeight === now.barHeight || event.ctrlKey || event.deltaY === 0) return
      event.preventDefault()
      moveTo(top + (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * rowHeight : event.deltaY))
    }
    box.addEventListener('scroll', onScroll, { passive: true })
    box.addEventListener('wheel', onWheel, { passive: false })
    return () => {
      box.removeEventListener('scroll', onScroll)
      box.removeEventListener('wheel', onWheel)
    }
  })

  return {
    scale,
    top: Math.min(state.top, scale.clamp(state.top)),
    scrollTop: state.scrollTop,
    viewport,
    scrollTo: moveTo,
  }
}
