import type { Expression } from '../../language/ast'
import type { Outcome } from '../report'
import { sharedFunctions } from './functions'
import { Untranslatable } from './tokens'

/** Where several of theirs stand for one of ours, the first. */
const functions: ReadonlyMap<string, string> = new Map(
  sharedFunctions.toReversed().map(([theirs, ours]) => [ours, theirs]),
)

/** Words that Spark would not take for a column. */
const sqlWords = new Set('and or not case when then else end is in between null true false cast if math'.split(' '))

const sqlName = (name: string): string => {
  if (/[`\r\n]/.test(name)) throw new Untranslatable(`\`${name}\` is no name that SQL can write.`)
  return /^[A-Za-z_]\w*$/.test(name) && !sqlWords.has(name.toLowerCase()) ? name : `\`${name}\``
}

const controls: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' }
const sqlString = (text: string): string =>
  `'${text.replaceAll(/[\\']/g, (found) => `\\${found}`).replaceAll(/[\n\t\r]/g, (found) => controls[found] ?? '')}'`

const sqlNumber = (value: number, isInteger: boolean): string =>
  isInteger || /[.eE]/.test(String(value)) ? String(value) : `${value}.0`

const write = (expression: Expression): string => {
  switch (expression.kind) {
    case 'number':
      return sqlNumber(expression.value, expression.isInteger)
    case 'string':
      return sqlString(expression.value)
    case 'bool':
      return String(expression.value)
    case 'null':
      return 'null'
    case 'name':
      return sqlName(expression.name.text)
    case 'unary':
      return expression.operator === '-' ? `(- ${write(expression.operand)})` : `(not ${write(expression.operand)})`
    case 'binary':
      return `(${write(expression.left)} ${expression.operator} ${write(expression.right)})`
    case 'conditional':
      return `CASE WHEN ${write(expression.condition)} THEN ${write(expression.then)} ELSE ${write(expression.otherwise)} END`
    case 'call': {
      const name = expression.callee.text
      const known = functions.get(name)
      if (known === undefined || expression.args.some((argument) => argument.name && argument.name.text !== 'digits'))
        throw new Untranslatable(`\`${name}\` has no counterpart in Spark’s SQL that means the same.`)
      return `${known}(${expression.args.map(({ value }) => write(value)).join(', ')})`
    }
    default:
      throw new Untranslatable(`A ${expression.kind} has no place in an expression of columns.`)
  }
}

/** An expression of a feature as Spark's SQL. Its outermost parentheses are left off. */
export const sqlOf = (expression: Expression): Outcome<string> => {
  try {
    const text = write(expression)
    return { value: expression.kind === 'binary' || expression.kind === 'unary' ? text.slice(1, -1) : text }
  } catch (error) {
    if (error instanceof Untranslatable) return { reason: error.message }
    throw error
  }
}
