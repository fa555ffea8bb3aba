export type TokenKind =
  | 'keyword'
  | 'builtin'
  | 'string'
  | 'number'
  | 'comment'
  | 'function'
  | 'decorator'
  | 'magic'
  | 'plain'
export interface Token {
  readonly kind: TokenKind
  readonly text: string
}

const keywords = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda match case nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
)
const builtins = new Set(
  'abs all any bool bytes dict dir display enumerate filter float format frozenset getattr hasattr hash help id input int isinstance issubclass iter len list map max min next object open ord pow print range repr reversed round set setattr slice sorted str sum super tuple type vars zip'.split(
    ' ',
  ),
)

const pattern =
  /(?<comment>#[^\n]*)|(?<string>\b[rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*(?:"|(?=\n)|$)|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|$))|(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*(?:"|(?=\n)|$)|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|$)))|(?<decorator>^[ \t]*@[\w.]+)|(?<magic>^[ \t]*[%!][^\n]*)|(?<number>\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?j?)\b)|(?<word>[^\W\d]\w*)/gmu

/** Python as coloured pieces; every character of the source is in exactly one. */
export const tokensOf = (source: string): Token[] => {
  const tokens: Token[] = []
  const push = (kind: TokenKind, text: string): void => {
    if (text !== '') tokens.push({ kind, text })
  }
  let end = 0
  let previousWord = ''
  for (const match of source.matchAll(pattern)) {
    push('plain', source.slice(end, match.index))
    const text = match[0]
    end = match.index + text.length
    const groups = match.groups ?? {}
    if (groups.word !== undefined) {
      const isAttribute = source[match.index - 1] === '.'
      const isDefinition = previousWord === 'def' || previousWord === 'class'
      if (isDefinition) push('function', text)
      else if (!isAttribute && keywords.has(text)) push('keyword', text)
      else if (!isAttribute && builtins.has(text)) push('builtin', text)
      else if (source[end] === '(') push('function', text)
      else push('plain', text)
      previousWord = text
      continue
    }
    previousWord = ''
    if (groups.comment !== undefined) push('comment', text)
    else if (groups.string !== undefined) push('string', text)
    else if (groups.decorator !== undefined) push('decorator', text)
    else if (groups.magic !== undefined) push('magic', text)
    else push('number', text)
  }
  push('plain', source.slice(end))
  return tokens
}
