import type { Operator, OperatorRole, TypeClass } from './operator'

/** Functions that mean the same over columns (DuckDB, Spark) and over tensors (ONNX). */
const both: readonly OperatorRole[] = ['row', 'transform']
const anywhere = ['duckdb', 'spark', 'onnx'] as const

const x = (type: TypeClass, documentation = 'The value.') => ({ name: 'x', type, documentation })

const arithmetic = (name: string, documentation: string, example: string): Operator => ({
  name,
  roles: both,
  isSymbol: true,
  inputs: [x('number', 'Left value.'), { name: 'y', type: 'number', documentation: 'Right value.' }],
  parameters: [],
  result: name === '/' ? 'float' : 'numeric',
  nulls: name === '/' || name === '%' ? 'always' : 'propagate',
  width: 'widest',
  documentation,
  example,
  lowerings: anywhere,
})

const comparison = (name: string, documentation: string, example: string): Operator => ({
  name,
  roles: both,
  isSymbol: true,
  inputs: [x('any', 'Left value.'), { name: 'y', type: 'any', documentation: 'Right value, of the same type.' }],
  parameters: [],
  result: 'bool',
  nulls: 'propagate',
  width: 'widest',
  documentation,
  example,
  lowerings: anywhere,
})

const logic = (name: 'and' | 'or', documentation: string, example: string): Operator => ({
  name,
  roles: both,
  isSymbol: true,
  inputs: [x('bool', 'Left condition.'), { name: 'y', type: 'bool', documentation: 'Right condition.' }],
  parameters: [],
  result: 'bool',
  nulls: 'propagate',
  width: 'widest',
  documentation,
  example,
  lowerings: anywhere,
})

const number = (
  name: string,
  documentation: string,
  example: string,
  more: Partial<Pick<Operator, 'result' | 'nulls'>> = {},
): Operator => ({
  name,
  roles: both,
  inputs: [x('number')],
  parameters: [],
  result: 'float',
  nulls: 'propagate',
  width: 'widest',
  documentation,
  example,
  lowerings: anywhere,
  ...more,
})

const rowOnly = (
  name: string,
  type: TypeClass,
  result: 'int' | 'string',
  documentation: string,
  example: string,
): Operator => ({
  name,
  roles: ['row'],
  inputs: [x(type)],
  parameters: [],
  result,
  nulls: 'propagate',
  width: 1,
  documentation,
  example,
  lowerings: ['duckdb', 'spark'],
})

export const functions: readonly Operator[] = [
  arithmetic('+', 'Sum.', 'distance + 1'),
  arithmetic('-', 'Difference.', 'distance - 1'),
  arithmetic('*', 'Product.', 'distance * 2'),
  arithmetic('/', 'Quotient, always a float. Division by zero is null.', 'distance / 2'),
  arithmetic('%', 'Remainder, with the sign of the left value. By zero it is null.', 'distance % 100'),
  {
    ...number('neg', 'The value with the other sign; written `-x`.', '-distance', { result: 'numeric' }),
    isSymbol: true,
  },
  comparison('=', 'Whether both are the same. Null compares as null.', 'distance = 100'),
  comparison('!=', 'Whether they differ. Null compares as null.', 'distance != 100'),
  comparison('<', 'Whether the left is less.', 'distance < 100'),
  comparison('<=', 'Whether the left is less or the same.', 'distance <= 100'),
  comparison('>', 'Whether the left is greater.', 'distance > 100'),
  comparison('>=', 'Whether the left is greater or the same.', 'distance >= 100'),
  logic('and', 'Whether both hold. Three-valued: false and null is false.', 'distance > 100 and distance < 500'),
  logic('or', 'Whether either holds. Three-valued: true or null is true.', 'distance < 100 or distance > 500'),
  {
    name: 'not',
    roles: both,
    isSymbol: true,
    inputs: [x('bool', 'Condition.')],
    parameters: [],
    result: 'bool',
    nulls: 'propagate',
    width: 'widest',
    documentation: 'Whether the condition does not hold. Not null is null.',
    example: 'not distance > 100',
    lowerings: anywhere,
  },
  {
    name: 'if',
    roles: both,
    inputs: [
      { name: 'condition', type: 'bool', documentation: 'A null condition counts as false.' },
      { name: 'then', type: 'any', documentation: 'The value where the condition holds.' },
      { name: 'else', type: 'any', documentation: 'The value elsewhere, of the same type.' },
    ],
    parameters: [],
    result: 'common',
    nulls: 'propagate',
    width: 'widest',
    documentation: 'One value or another. Also written `if c then a else b`.',
    example: 'if(distance > 1000, 1, 0)',
    lowerings: anywhere,
  },
  {
    name: 'coalesce',
    roles: both,
    inputs: [{ ...x('value', 'Values of one type.'), isRepeated: true }],
    parameters: [],
    result: 'common',
    nulls: 'all',
    width: 'widest',
    documentation: 'The first value that is not null. Beside vectors a number stands for a vector of that number.',
    example: 'coalesce(distance, 0)',
    lowerings: anywhere,
  },
  {
    name: 'is_null',
    roles: both,
    inputs: [x('value')],
    parameters: [],
    result: 'bool',
    nulls: 'never',
    width: 'widest',
    documentation: 'Whether the value is missing.',
    example: 'is_null(distance)',
    lowerings: anywhere,
  },
  number('log1p', 'Natural logarithm of 1 + x. Null below −1.', 'log1p(distance)'),
  number('ln', 'Natural logarithm. Null where x is not positive.', 'ln(distance)', { nulls: 'always' }),
  number('exp', 'e to the power of x.', 'exp(distance / 1000)'),
  number('sqrt', 'Square root. Null below zero.', 'sqrt(distance)'),
  number('abs', 'The value without its sign.', 'abs(distance)', { result: 'numeric' }),
  number('floor', 'The greatest whole number that is not above x.', 'floor(distance / 100)'),
  number('ceil', 'The least whole number that is not below x.', 'ceil(distance / 100)'),
  {
    ...number(
      'round',
      'The nearest number with so many digits after the point; halves go away from zero.',
      'round(distance / 100)',
    ),
    parameters: [
      {
        name: 'digits',
        type: 'int',
        default: 0,
        minimum: 0,
        maximum: 12,
        documentation: 'Digits after the point.',
      },
    ],
  },
  {
    ...number('clip', 'The value, but never below `low` nor above `high`.', 'clip(distance, 0, 3000)', {
      result: 'numeric',
    }),
    parameters: [
      { name: 'low', type: 'float', default: null, documentation: 'Least value; absent: no bound.' },
      { name: 'high', type: 'float', default: null, documentation: 'Greatest value; absent: no bound.' },
    ],
  },
  rowOnly('hour', 'time', 'int', 'Hour of the day in UTC, 0 to 23.', 'hour(date)'),
  rowOnly('minute', 'time', 'int', 'Minute of the hour, 0 to 59.', 'minute(date)'),
  rowOnly('weekday', 'moment', 'int', 'Day of the week: 0 is Monday, 6 is Sunday.', 'weekday(date)'),
  rowOnly('day', 'moment', 'int', 'Day of the month, 1 to 31.', 'day(date)'),
  rowOnly('month', 'moment', 'int', 'Month, 1 to 12.', 'month(date)'),
  rowOnly('year', 'moment', 'int', 'Year.', 'year(date)'),
  rowOnly('lower', 'string', 'string', 'The text in small letters.', 'lower(origin)'),
  rowOnly('upper', 'string', 'string', 'The text in capital letters.', 'upper(origin)'),
  rowOnly('length', 'string', 'int', 'Number of characters.', 'length(origin)'),
  {
    ...rowOnly(
      'hash',
      'category',
      'int',
      'A bucket from 0 to `buckets` − 1, by the MD5 digest of the value’s text: the same on every engine, for ever.',
      'hash(origin, 1000)',
    ),
    parameters: [
      {
        name: 'buckets',
        type: 'int',
        default: null,
        isRequired: true,
        minimum: 1,
        maximum: 2 ** 31,
        documentation: 'Number of buckets.',
      },
    ],
  },
]
