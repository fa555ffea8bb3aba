import { collapseOverwrites } from '@shared/notebook/outputs'
import Anser from 'anser'
import { memo, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { Button } from '../ui/button'
import { formatBytes } from '../ui/format'

/** Longer text is shown from both ends until all of it is asked for: a browser lays out 10 MB in seconds. */
const shownHead = 10_000
const shownTail = 30_000

interface Piece {
  readonly className: string
  readonly text: string
}

const piecesOf = (text: string): Piece[] =>
  Anser.ansiToJson(collapseOverwrites(text), { use_classes: true, remove_empty: true }).map((part) => ({
    text: part.content,
    className: [
      part.fg,
      part.bg ? `${part.bg}-background` : '',
      ...(part.decorations ?? []).map((decoration) => `ansi-${decoration}`),
    ]
      .filter(Boolean)
      .join(' '),
  }))

const Pieces = ({ text }: { readonly text: string }) => {
  const pieces = useMemo(() => piecesOf(text), [text])
  return pieces.map((piece, index) =>
    piece.className === '' ? (
      piece.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no identity but their place
      <span key={index} className={piece.className}>
        {piece.text}
      </span>
    ),
  )
}

/** Whether a box holds more than it shows; then the keyboard must be able to scroll it. */
const useScrolls = (box: RefObject<HTMLDivElement | null>): boolean => {
  const [scrolls, setScrolls] = useState(false)
  useEffect(() => {
    const { current } = box
    if (!current) return
    const observer = new ResizeObserver(() =>
      setScrolls(current.scrollHeight > current.clientHeight || current.scrollWidth > current.clientWidth),
    )
    observer.observe(current)
    for (const child of current.children) observer.observe(child)
    return () => observer.disconnect()
  }, [box])
  return scrolls
}

interface AnsiTextProps {
  readonly text: string
  readonly className?: string
}

/** Text as a terminal would show it: colours, and progress bars that overwrite their line. */
export const AnsiText = memo(({ text, className }: AnsiTextProps) => {
  const [isWhole, setWhole] = useState(false)
  const isLong = text.length > shownHead + shownTail && !isWhole
  const box = useRef<HTMLDivElement>(null)
  const scrolls = useScrolls(box)
  return (
    // A box that scrolls is a stop of the keyboard.
    <div ref={box} tabIndex={scrolls ? 0 : undefined} className={`notebook-text ${className ?? ''}`}>
      <pre>
        <Pieces text={isLong ? text.slice(0, shownHead) : text} />
      </pre>
      {isLong ? (
        <>
          <div className="notebook-gap">
            <span>{formatBytes(text.length - shownHead - shownTail)} in between</span>
            <Button kind="quiet" onPress={() => setWhole(true)}>
              Show all
            </Button>
          </div>
          <pre>
            <Pieces text={text.slice(-shownTail)} />
          </pre>
        </>
      ) : null}
    </div>
  )
})
