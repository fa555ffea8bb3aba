import { writeName, writeString } from '../proml'
import type { Outcome } from '../report'
import { sharedFunctions } from './functions'
import { createReader, type Reader } from './reader'
import { type Dialect, type ForeignToken, Untranslatable } from './tokens'

/** A translated part: its Pro-ML text, and how tightly it binds. */
interface Piece {
  readonly text: string
  readonly power: number
}

export interface Translation {
  readonly text: string
  /** Names that it reads, in order, each once. */
  readonly names: readonly string[]
  /** What about its meaning is different. */
  readonly remarks: readonly string[]
}

const power = { conditional: 0, or: 1, and: 2, not: 3, compare: 4, add: 5, multiply: 6, negate: 7, atom: 8 } as const

const comparisons: Readonly<Record<string, string>> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}
const functions: ReadonlyMap<string, { readonly ours: string; readonly most: number }> = new Map(
  sharedFunctions.map(([theirs, ours, most]) => [theirs, { ours, most }]),
)
const present: ReadonlySet<string> = new Set(['ispresent', 'isnotnull', 'isnonnull'])
/** To a number, which the column most often is already. */
const toNumber: ReadonlySet<string> = new Set(['tonumeric', 'float', 'double'])

const numberRemark = 'A conversion to a number is left to the type that the column has.'
const comparisonRemark =
  'In MVEL a comparison with a missing value is false; here it is missing, as in SQL (which `where` and `if` take as false).'

const at = (piece: Piece, least: number): string => (piece.power < least ? `(${piece.text})` : piece.text)
const atom = (text: string): Piece => ({ text, power: power.atom })
const not = (operand: Piece): Piece => ({ text: `not ${at(operand, power.not)}`, power: power.not })
const isNull = (operand: Piece): Piece => atom(`is_null(${operand.text})`)
const ifThenElse = (condition: Piece, then: Piece, otherwise: Piece): Piece => ({
  text: `if ${at(condition, power.or)} then ${at(then, power.or)} else ${at(otherwise, power.or)}`,
  power: power.conditional,
})

/**
 * An expression of Feathr’s as Pro-ML text, or what in it has no exact counterpart: nothing is guessed. `rename` says what a
 * name is called here.
 */
export const translate = (
  text: string,
  dialect: Dialect,
  rename: (name: string) => string = (name) => name,
): Outcome<Translation> => {
  try {
    const reader = createReader(text, dialect, rename)
    const whole = conditional(reader)
    if (reader.peek().kind !== 'end') reader.fail(`\`${reader.peek().text}\` is not expected there.`)
    return { value: { text: whole.text, names: [...reader.names], remarks: [...reader.remarks] } }
  } catch (error) {
    if (error instanceof Untranslatable) return { reason: error.message }
    throw error
  }
}

const conditional = (reader: Reader): Piece =>
  reader.nested(() => {
    const condition = either(reader)
    if (reader.dialect !== 'mvel' || !reader.takeSymbol('?')) return condition
    const then = conditional(reader)
    reader.expectSymbol(':')
    return ifThenElse(condition, then, conditional(reader))
  })

const either = (reader: Reader): Piece => {
  let left = both(reader)
  while (reader.takeWord('or') || (reader.dialect === 'mvel' && reader.takeSymbol('||')))
    left = { text: `${at(left, power.or)} or ${at(both(reader), power.and)}`, power: power.or }
  return left
}

const both = (reader: Reader): Piece => {
  let left = negation(reader)
  while (reader.takeWord('and') || reader.takeSymbol('&&'))
    left = { text: `${at(left, power.and)} and ${at(negation(reader), power.not)}`, power: power.and }
  return left
}

const negation = (reader: Reader): Piece =>
  reader.takeWord('not') || reader.takeSymbol('!') ? reader.nested(() => not(negation(reader))) : comparison(reader)

const comparison = (reader: Reader): Piece => {
  const left = sum(reader)
  const { kind, text } = reader.peek()
  const operator = kind === 'symbol' ? comparisons[text] : undefined
  if (operator !== undefined) return compared(left, operator, reader)
  if (reader.takeWord('is')) {
    const isNegated = reader.takeWord('not')
    reader.expectWord('null')
    return isNegated ? not(isNull(left)) : isNull(left)
  }
  const isNegated = (reader.isWord('between', 1) || reader.isWord('in', 1)) && reader.takeWord('not')
  const found = reader.takeWord('between') ? between(left, reader) : reader.takeWord('in') ? among(left, reader) : left
  return isNegated ? not(found) : found
}

const compared = (left: Piece, operator: string, reader: Reader): Piece => {
  const isMvel = reader.dialect === 'mvel'
  if (reader.next().text === '=' && isMvel) reader.fail('`=` assigns in MVEL.')
  if (isMvel && reader.takeWord('null')) {
    if (operator === '=') return isNull(left)
    if (operator === '!=') return not(isNull(left))
    reader.fail('Nothing is less or greater than `null`.')
  }
  if (isMvel) reader.remarks.add(comparisonRemark)
  return { text: `${at(left, power.add)} ${operator} ${at(sum(reader), power.add)}`, power: power.compare }
}

const between = (left: Piece, reader: Reader): Piece => {
  const low = sum(reader)
  reader.expectWord('and')
  const value = at(left, power.add)
  return { text: `${value} >= ${at(low, power.add)} and ${value} <= ${at(sum(reader), power.add)}`, power: power.and }
}

const among = (left: Piece, reader: Reader): Piece => {
  reader.expectSymbol('(')
  const choices = commaSeparated(reader).map((item) => `${at(left, power.add)} = ${at(item, power.add)}`)
  return { text: choices.join(' or '), power: choices.length === 1 ? power.compare : power.or }
}

const sum = (reader: Reader): Piece => {
  let left = product(reader)
  for (;;) {
    const operator = reader.peek().text
    if (!reader.takeSymbol('+') && !reader.takeSymbol('-')) return left
    left = { text: `${at(left, power.add)} ${operator} ${at(product(reader), power.multiply)}`, power: power.add }
  }
}

const product = (reader: Reader): Piece => {
  let left = sign(reader)
  for (;;) {
    const operator = reader.peek().text
    if (!reader.takeSymbol('*') && !reader.takeSymbol('/') && !reader.takeSymbol('%')) return left
    left = { text: `${at(left, power.multiply)} ${operator} ${at(sign(reader), power.negate)}`, power: power.multiply }
  }
}

const sign = (reader: Reader): Piece => {
  if (!reader.takeSymbol('-')) return primary(reader)
  return reader.nested(() => ({ text: `-${at(sign(reader), power.negate)}`, power: power.negate }))
}

const commaSeparated = (reader: Reader): readonly Piece[] => {
  const items: Piece[] = []
  if (!reader.isSymbol(')'))
    do items.push(conditional(reader))
    while (reader.takeSymbol(','))
  reader.expectSymbol(')')
  return items
}

const primary = (reader: Reader): Piece => {
  const isCast = reader.dialect === 'mvel' && reader.isSymbol('(') && reader.isSymbol(')', 2)
  if (isCast && (reader.isWord('float', 1) || reader.isWord('double', 1))) {
    for (let passed = 0; passed < 3; passed++) reader.next()
    reader.remarks.add(numberRemark)
    return reader.nested(() => primary(reader))
  }
  const token = reader.next()
  switch (token.kind) {
    case 'number':
      return atom(token.text)
    case 'string':
      if (reader.peek().kind === 'string') reader.fail('Two texts stand beside each other.')
      return atom(writeString(token.text))
    case 'name':
      return named(token, reader)
    case 'symbol': {
      if (token.text !== '(') return reader.fail(`\`${token.text}\` has no counterpart.`)
      const inner = conditional(reader)
      reader.expectSymbol(')')
      return inner
    }
    case 'end':
      return reader.fail('It ends too early.')
  }
}

const named = (token: ForeignToken, reader: Reader): Piece => {
  const word = token.isQuoted ? '' : token.text.toLowerCase()
  if (word === 'case' && reader.dialect === 'sql') return cases(reader)
  if (word === 'true' || word === 'false' || word === 'null') return atom(word)
  if (word === 'math' && reader.isSymbol('.') && reader.isSymbol('(', 2)) {
    reader.next()
    return called(reader.next().text, reader)
  }
  if (reader.isSymbol('(')) return called(token.text, reader)
  if (reader.isSymbol('.') || reader.isSymbol('['))
    return reader.fail(`\`${token.text}${reader.peek().text}…\` looks inside a value, which no column here has.`)
  if (token.text.includes('$')) return reader.fail(`\`${token.text}\` is not a column.`)
  reader.names.add(token.text)
  return atom(writeName(reader.rename(token.text)))
}

const cases = (reader: Reader): Piece => {
  const branches: { condition: Piece; value: Piece }[] = []
  if (!reader.isWord('when')) reader.fail('`CASE x WHEN …` is not carried; `CASE WHEN …` is.')
  while (reader.takeWord('when')) {
    const condition = conditional(reader)
    reader.expectWord('then')
    branches.push({ condition, value: conditional(reader) })
  }
  if (!reader.takeWord('else')) reader.fail('A `CASE` without `ELSE` is not carried.')
  const otherwise = conditional(reader)
  reader.expectWord('end')
  return branches.reduceRight((rest, { condition, value }) => ifThenElse(condition, value, rest), otherwise)
}

const called = (written: string, reader: Reader): Piece => {
  reader.expectSymbol('(')
  const name = written.toLowerCase()
  if (name === 'cast') return cast(reader)
  const args = commaSeparated(reader)
  const [first, second, third] = args
  if (!first) return reader.fail(`\`${written}()\` has no counterpart.`)
  if (toNumber.has(name) && args.length === 1) {
    reader.remarks.add(numberRemark)
    return first
  }
  if (present.has(name) && args.length === 1) return not(isNull(first))
  if (name === 'if' && second && third && args.length === 3) return ifThenElse(first, second, third)
  const known = functions.get(name)
  if (!known || args.length > known.most) return reader.fail(`The function \`${written}\` has no counterpart.`)
  return atom(`${known.ours}(${args.map(({ text }) => text).join(', ')})`)
}

const cast = (reader: Reader): Piece => {
  const value = conditional(reader)
  reader.expectWord('as')
  const type = reader.next().text.toLowerCase()
  reader.expectSymbol(')')
  if (!toNumber.has(type)) reader.fail(`\`CAST … AS ${type.toUpperCase()}\` has no counterpart.`)
  reader.remarks.add(numberRemark)
  return value
}
