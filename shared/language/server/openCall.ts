import type { Token } from '../syntax/lexer'

/** A call whose bracket is open at the cursor. */
export interface OpenCall {
  readonly callee: string
  /** How many unnamed arguments stand before the cursor’s. */
  readonly position: number
  /** Of the cursor’s argument, where it is written by name. */
  readonly parameter: string | null
  /** The parameters already written by name. */
  readonly named: readonly string[]
  /** The call around it. */
  readonly outer: OpenCall | null
}

/** The innermost open call at the end of the tokens. */
export function openCall(tokens: readonly Token[]): OpenCall | null {
  const open = bracketAt(tokens)
  if (open === null) return null
  const outer = openCall(tokens.slice(0, open))
  const callee = tokens[open - 1]
  // A bracket that only groups: what is open is the call around it.
  if (tokens[open]?.text !== '(' || callee?.kind !== 'name') return outer
  const args = argumentsOf(tokens.slice(open + 1))
  const names = args.map(nameOf)
  return {
    callee: callee.text,
    position: names.slice(0, -1).filter((name) => name === null).length,
    parameter: names.at(-1) ?? null,
    named: names.filter((name) => name !== null),
    outer,
  }
}

/** Index of the last bracket that is not closed again. */
function bracketAt(tokens: readonly Token[]): number | null {
  let depth = 0
  for (let index = tokens.length - 1; index >= 0; index--) {
    const { text, kind } = tokens[index] ?? {}
    if (kind !== 'punctuation') continue
    if (text === ')' || text === ']') depth++
    else if ((text === '(' || text === '[') && depth-- === 0) return index
    else if (text === '{' || text === '}') return null
  }
  return null
}

/** The tokens between commas that stand directly inside; the last may be empty. */
function argumentsOf(tokens: readonly Token[]): Token[][] {
  const args: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.kind === 'punctuation') {
      if (token.text === '(' || token.text === '[') depth++
      else if (token.text === ')' || token.text === ']') depth--
      else if (token.text === ',' && depth === 0) {
        args.push([])
        continue
      }
    }
    args.at(-1)?.push(token)
  }
  return args
}

const nameOf = ([first, second]: readonly Token[]): string | null =>
  first?.kind === 'name' && second?.text === ':' ? first.text : null
