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

/** A bracket that is open, with what stands directly inside of it. */
interface Frame {
  /** Null for a bracket that only groups. */
  readonly callee: string | null
  readonly names: (string | null)[]
  /** The first words of the argument being read: two tell whether it has a name. */
  argument: Token[]
}

/** More calls around the cursor than a person can follow are not told apart. */
const depthLimit = 50

/** The innermost open call at the end of the tokens; in one pass, however deep they nest. */
export function openCall(tokens: readonly Token[]): OpenCall | null {
  let frames: Frame[] = []
  for (const [index, token] of tokens.entries()) {
    const { text, kind } = token
    const frame = frames.at(-1)
    if (kind !== 'punctuation') {
      if (frame && frame.argument.length < 2) frame.argument.push(token)
    } else if (text === '{' || text === '}') frames = []
    else if (text === ')' || text === ']') frames.pop()
    else if (text === ',' && frame) {
      frame.names.push(nameOf(frame.argument))
      frame.argument = []
    } else {
      if (frame && frame.argument.length < 2) frame.argument.push(token)
      if (text === '(' || text === '[')
        frames.push({ callee: calleeOf(token, tokens[index - 1]), names: [], argument: [] })
    }
  }
  return frames
    .filter(({ callee }) => callee !== null)
    .slice(-depthLimit)
    .reduce<OpenCall | null>((outer, frame) => callOf(frame, outer), null)
}

const calleeOf = ({ text }: Token, before: Token | undefined): string | null =>
  text === '(' && before?.kind === 'name' ? before.text : null

const callOf = ({ callee, names, argument }: Frame, outer: OpenCall | null): OpenCall => {
  const parameter = nameOf(argument)
  const named = [...names, parameter].filter((name) => name !== null)
  return { callee: callee ?? '', position: names.filter((name) => name === null).length, parameter, named, outer }
}

const nameOf = ([first, second]: readonly Token[]): string | null =>
  first?.kind === 'name' && second?.text === ':' ? first.text : null
