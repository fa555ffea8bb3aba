import type { ValueType } from '../../data/profile'
import type { TypeName } from '../ast'
import { nearest } from '../nearest'
import type { TypeClass } from '../operators/operator'
import { type Report, replacements } from './report'

export const isNumber = (type: ValueType): boolean => type === 'int' || type === 'float'

/** The type that holds both, or null where there is none. `unknown` gives way: its mistake was told already. */
export const commonType = (a: ValueType, b: ValueType): ValueType | null => {
  if (a === b || b === 'unknown') return a
  if (a === 'unknown') return b
  return isNumber(a) && isNumber(b) ? 'float' : null
}

/** As `commonType`, where a number may stand in for a missing vector. */
export const filledType = (a: ValueType, b: ValueType): ValueType | null =>
  (a === 'vector' && isNumber(b)) || (isNumber(a) && b === 'vector') ? 'vector' : commonType(a, b)

const named: Readonly<Record<ValueType, string>> = {
  bool: 'true or false',
  int: 'a whole number',
  float: 'a number',
  string: 'a text',
  date: 'a date',
  time: 'a time',
  duration: 'a duration',
  vector: 'a vector',
  unknown: 'of unknown type',
}

/** For messages: “this is a text”. */
export const typeName = (type: ValueType): string => named[type]

const classNames: Readonly<Record<TypeClass, string>> = {
  any: 'a value',
  value: 'a value',
  number: 'a number',
  bool: 'true or false',
  string: 'a text',
  time: 'a time',
  moment: 'a time or a date',
  category: 'a text, a whole number or a flag',
  tensor: 'numbers, vectors and flags',
  prediction: 'a prediction',
}

export const className = (typeClass: TypeClass): string => classNames[typeClass]

/** Whether a value of the type may stand where the class is asked for. */
export const fits = (type: ValueType, typeClass: TypeClass, side: 'feature' | 'model'): boolean => {
  if (type === 'unknown') return true
  switch (typeClass) {
    case 'any':
      return type !== 'duration' && (type !== 'vector' || side === 'model')
    case 'value':
      return type !== 'duration'
    case 'number':
      return isNumber(type) || (side === 'model' && type === 'vector')
    case 'bool':
      return type === 'bool'
    case 'string':
      return type === 'string'
    case 'time':
      return type === 'time'
    case 'moment':
      return type === 'time' || type === 'date'
    case 'category':
      return type === 'string' || type === 'int' || type === 'bool'
    case 'tensor':
      return isNumber(type) || type === 'vector' || type === 'bool'
    case 'prediction':
      return isNumber(type)
  }
}

/** Types that a person may write. */
export const writableTypes: ReadonlySet<string> = new Set([
  'bool',
  'int',
  'float',
  'string',
  'date',
  'time',
  'duration',
  'vector',
])

/** What a written type stands for; tells it, and answers null, where it stands for nothing. */
export const readType = (
  type: TypeName,
  { report, file }: { readonly report: Report; readonly file: string },
): ValueType | null => {
  const known = writtenType(type.text)
  if (known === null) {
    const near = nearest(type.text, writableTypes)
    report.add(file, 'PML1204', type.span, { name: type.text, nearest: near }, replacements(type.span, near))
  }
  if (type.length !== null && writtenLength(type) === null)
    report.add(file, 'PML1216', type.span, { length: type.length, most: mostNumbers })
  return known
}

/** Embeddings have hundreds to thousands of numbers; what is longer is no vector that a model reads whole. */
export const mostNumbers = 16_384

/** The length that a type says, where it is one that a vector can have. */
export const writtenLength = (type: TypeName | null): number | null => {
  const length = type?.length ?? null
  return length !== null && Number.isInteger(length) && length >= 1 && length <= mostNumbers ? length : null
}

/** As a program writes it: `vector[8]`. */
export const typeText = (type: ValueType, length: number | null | undefined): string =>
  type === 'vector' && length ? `vector[${length}]` : type

export const writtenType = (text: string): ValueType | null => {
  switch (text) {
    case 'bool':
    case 'int':
    case 'float':
    case 'string':
    case 'date':
    case 'time':
    case 'duration':
    case 'vector':
      return text
    default:
      return null
  }
}
