import type { NullRule, Operator, OperatorParameter, ResultRule, TypeClass } from './operator'

const aggregate = (
  name: string,
  type: TypeClass | null,
  result: ResultRule,
  documentation: string,
  more: { nulls?: NullRule; isOptional?: boolean; parameters?: readonly OperatorParameter[]; example?: string } = {},
): Operator => ({
  name,
  roles: ['aggregate'],
  inputs:
    type === null
      ? []
      : [
          {
            name: 'x',
            type,
            documentation: 'The value of each row.',
            ...(more.isOptional ? { isOptional: true } : {}),
          },
        ],
  parameters: more.parameters ?? [],
  result,
  nulls: more.nulls ?? 'always',
  width: 1,
  documentation,
  example: more.example ?? `${name}(delay)`,
  lowerings: ['duckdb', 'spark'],
})

export const aggregates: readonly Operator[] = [
  aggregate('count', 'value', 'int', 'Number of rows, or of rows in which x is not null. 0 for an empty window.', {
    nulls: 'never',
    isOptional: true,
    example: 'count()',
  }),
  aggregate('sum', 'number', 'numeric', 'Sum of the known values.'),
  aggregate('mean', 'number', 'float', 'Mean of the known values.'),
  aggregate('min', 'any', 'first', 'Least known value.'),
  aggregate('max', 'any', 'first', 'Greatest known value.'),
  aggregate('stddev', 'number', 'float', 'Sample standard deviation (n − 1); null for fewer than two values.'),
  aggregate('variance', 'number', 'float', 'Sample variance (n − 1); null for fewer than two values.'),
  aggregate('median', 'number', 'float', 'Middle of the known values; between the middle two for an even number.'),
  aggregate('quantile', 'number', 'float', 'Quantile of the known values, interpolated between neighbours.', {
    parameters: [
      {
        name: 'q',
        type: 'float',
        default: null,
        isRequired: true,
        minimum: 0,
        maximum: 1,
        documentation: 'Which quantile: 0.5 is the median.',
      },
    ],
    example: 'quantile(delay, 0.9)',
  }),
  aggregate('distinct', 'any', 'int', 'Number of different known values, exact. 0 for an empty window.', {
    nulls: 'never',
  }),
  aggregate(
    'approx_distinct',
    'any',
    'int',
    'Number of different known values, within a few percent: for engines on which the exact number is slow. Exact on this machine.',
    { nulls: 'never' },
  ),
  aggregate(
    'top',
    'category',
    'string',
    'The most frequent known values as a JSON array, most frequent first; of equally frequent ones the least first.',
    {
      parameters: [
        {
          name: 'n',
          type: 'int',
          default: null,
          isRequired: true,
          minimum: 1,
          maximum: 100,
          documentation: 'How many values.',
        },
      ],
      example: 'top(destination, 3)',
    },
  ),
  aggregate('first', 'value', 'first', 'The oldest row’s value, null if it is null there.'),
  aggregate('last', 'value', 'first', 'The newest row’s value, null if it is null there.'),
  aggregate('mode', 'any', 'first', 'The most frequent known value; of equally frequent ones the least.'),
  aggregate('any', 'bool', 'bool', 'Whether it holds in at least one row.', { example: 'any(delay > 15)' }),
  aggregate('all', 'bool', 'bool', 'Whether it holds in every row.', { example: 'all(delay > 15)' }),
  aggregate('ewma', 'number', 'float', 'Mean that weighs a row half as much with every half-life of its age.', {
    parameters: [
      {
        name: 'half_life',
        type: 'duration',
        default: null,
        isRequired: true,
        documentation: 'Age at which a row counts half.',
      },
    ],
    example: 'ewma(delay, 1h)',
  }),
  aggregate(
    'latest',
    'value',
    'first',
    'The value of the newest row before the moment; `over` says how old it may be.',
  ),
]
