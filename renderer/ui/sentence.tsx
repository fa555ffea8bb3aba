import { Fragment } from 'react'

interface SentenceProps {
  readonly text: string
}

/** A message of the studio: what stands in backquotes is a name or a piece of a program, and looks like one. */
export const Sentence = ({ text }: SentenceProps) =>
  text.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text, in their order
    index % 2 === 0 ? <Fragment key={index}>{part}</Fragment> : <code key={index}>{part}</code>,
  )
