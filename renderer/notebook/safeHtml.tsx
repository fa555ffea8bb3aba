import { useLayoutEffect, useRef } from 'react'
import type { SafeHtml } from './sanitise'

interface SafeHtmlViewProps {
  readonly html: SafeHtml
  readonly className: string
}

/** Puts sanitised nodes into the page as they are, never through a second parse. */
export const SafeHtmlView = ({ html, className }: SafeHtmlViewProps) => {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    box.current?.replaceChildren(html.content.cloneNode(true))
  }, [html])
  return <div ref={box} className={className} />
}
