import type { Declaration, Document } from '../ast'
import type { OutlineItem } from './protocol'

/** Sources, entities, features and models of a file, in its order. */
export const outlineOf = (document: Document): OutlineItem[] => {
  const lineOf = lineCounter(document.text)
  return document.declarations.map((declaration) => ({
    id: `${declaration.kind}:${declaration.name.text}`,
    kind: declaration.kind,
    name: declaration.name.text,
    detail: detailOf(declaration),
    span: declaration.span,
    line: lineOf(declaration.name.span.start),
  }))
}

export const detailOf = (declaration: Declaration): string => {
  switch (declaration.kind) {
    case 'source':
      return declaration.reader?.text ?? 'source'
    case 'entity':
      return 'entity'
    case 'feature':
      return declaration.entity ? `of ${declaration.entity.text}` : 'row feature'
    case 'model':
      return 'model'
  }
}

/** 1-based lines of ascending offsets. */
export const lineCounter = (text: string): ((offset: number) => number) => {
  let line = 1
  let at = 0
  return (offset) => {
    if (offset < at) {
      line = 1
      at = 0
    }
    for (let newline = text.indexOf('\n', at); newline >= 0 && newline < offset; newline = text.indexOf('\n', at)) {
      line++
      at = newline + 1
    }
    return line
  }
}
