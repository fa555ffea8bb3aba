import { useEffect, useLayoutEffect, useRef } from 'react'
import { openPanel } from '../app/navigation'
import type { SafeHtml } from './sanitise'

interface SafeHtmlViewProps {
  readonly html: SafeHtml
  readonly className: string
}

/** A link that a Pro-ML result carries: `#run/r-0001`. It opens that run’s page here and does nothing elsewhere. */
const openRun = (event: MouseEvent): void => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  const id = /^#run\/(r-\d+)$/.exec(link?.getAttribute('href') ?? '')?.[1]
  if (id === undefined) return
  event.preventDefault()
  openPanel('run', { id })
}

/** Puts sanitised nodes into the page as they are, never through a second parse. */
export const SafeHtmlView = ({ html, className }: SafeHtmlViewProps) => {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    box.current?.replaceChildren(html.content.cloneNode(true))
  }, [html])
  useEffect(() => {
    const element = box.current
    element?.addEventListener('click', openRun)
    return () => element?.removeEventListener('click', openRun)
  }, [])
  return <div ref={box} className={className} />
}
