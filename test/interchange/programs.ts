import { writeDuration, writeName, writeString } from '@shared/interchange/proml'
import fc from 'fast-check'

/** Expressions that Spark’s SQL has too, over the named columns. */
export const expressionTexts = (names: readonly string[]): fc.Arbitrary<string> =>
  fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom(...names).map(writeName),
      fc.nat({ max: 1e9 }).map(String),
      fc
        .double({ noNaN: true, min: 0, max: 1e12 })
        .map((value) => (/[.e]/.test(String(value)) ? String(value) : `${value}.0`)),
      fc.string({ maxLength: 8 }).map(writeString),
      fc.constantFrom('true', 'false', 'null'),
      fc
        .tuple(
          tie('expression'),
          fc.constantFrom('+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', 'and', 'or'),
          tie('expression'),
        )
        .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
      fc.tuple(fc.constantFrom('-', 'not '), tie('expression')).map(([operator, operand]) => `${operator}(${operand})`),
      fc
        .tuple(fc.constantFrom('abs', 'ln', 'sqrt', 'lower', 'year', 'is_null'), tie('expression'))
        .map(([name, argument]) => `${name}(${argument})`),
      fc.tuple(tie('expression'), tie('expression')).map((args) => `coalesce(${args.join(', ')})`),
      fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([condition, yes, no]) => `if (${condition}) then (${yes}) else (${no})`),
    ),
  })).expression

const types = fc.constantFrom('float', 'int', 'string', 'bool')
const defaults: Readonly<Record<string, fc.Arbitrary<string>>> = {
  float: fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((value) => `default ${Object.is(value, -0) ? 0 : value}`),
  int: fc.integer().map((value) => `default ${value}`),
  string: fc.string({ maxLength: 6 }).map((value) => `default ${writeString(value)}`),
  bool: fc.boolean().map((value) => `default ${value}`),
}
const maybe = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.option(texts, { nil: '' })
const described = fc
  .tuple(types, fc.boolean())
  .chain(([type, hasDefault]) =>
    fc.tuple(fc.constant(type), hasDefault ? (defaults[type] ?? fc.constant('')) : fc.constant('')),
  )

/** Programs of which Feathr has everything: windows that are closed at the right end, lookups by key, features of features. */
export const feathrPrograms: fc.Arbitrary<string> = fc
  .record({
    windows: fc.array(
      fc.record({
        aggregate: fc.constantFrom('sum', 'mean', 'max', 'min'),
        value: expressionTexts(['fare', 'a column']),
        where: maybe(expressionTexts(['fare', 'kind']).map((text) => `where ${text}`)),
        micros: fc.integer({ min: 1, max: 1e6 }).map((seconds) => seconds * 1e6),
        isPair: fc.boolean(),
        described,
      }),
      { minLength: 1, maxLength: 6 },
    ),
    lookups: fc.array(
      fc.record({
        value: expressionTexts(['plan', 'age']),
        kind: fc.constantFrom('numeric', 'categorical', 'boolean'),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    latest: fc.array(fc.constantFrom('fare', 'tip'), { maxLength: 2 }),
    derived: maybe(fc.constantFrom('window_0 > 3', 'coalesce(window_0, window_0) / 2.5')),
  })
  .map(({ windows, lookups, latest, derived }) => {
    const [first] = windows
    const features = windows.map(({ aggregate, value, where, micros, isPair, described: [type, fallback] }, index) => {
      const [entity, keys] = isPair && index > 0 ? ['from_to', '(from_station, to_station)'] : ['rider_id', 'rider_id']
      return `feature window_${index}: ${type} of ${entity} = ${aggregate}(${value}) from trips by ${keys} ${where} over ${writeDuration(micros)} inclusive ${fallback}`
    })
    return [
      'source trips = csv("data/trips.csv") { time ended_at }',
      'source riders = parquet("data/riders.parquet")',
      'entity rider_id(rider_id: string)',
      ...(windows.slice(1).some(({ isPair }) => isPair) ? ['entity from_to(from: string, to: string)'] : []),
      ...features,
      ...latest.map(
        (column, index) =>
          `feature latest_${index} of rider_id = last(${column}) from trips by rider_id where not is_null(${column}) over 3d inclusive`,
      ),
      ...lookups.map(
        ({ value, kind }, index) =>
          `feature lookup_${index} of rider_id = latest(${value}) from riders by id kind ${kind}`,
      ),
      ...(derived === '' || !first ? [] : [`feature derived of rider_id = ${derived}`]),
    ].join('\n')
  })

const tag = fc.constantFrom('recent', 'team=riders', 'team=a=b', 'ünï=1', 'with space')

/** Programs of which Feast has everything: the newest row of a key that is not older than so much. */
export const feastPrograms: fc.Arbitrary<string> = fc
  .array(
    fc.record({
      described,
      isPair: fc.boolean(),
      isNamed: fc.boolean(),
      ttl: maybe(fc.integer({ min: 1, max: 1e7 }).map((millis) => `over ${writeDuration(millis * 1e3)}`)),
      view: fc.constantFrom('', 'one', 'two', 'a view'),
      owner: maybe(fc.constantFrom('owner "a@example.org"', 'owner "\\"b\\" \\\\ c"')),
      unit: maybe(fc.constant('unit "min\\\\"')),
      kind: maybe(fc.constantFrom('kind numeric', 'kind embedding')),
      status: maybe(fc.constantFrom('status reviewed', 'status draft')),
      pii: maybe(fc.constant('pii')),
      like: fc.constantFrom('like feast', 'like feast', 'like chronon', ''),
      tags: fc.uniqueArray(tag, { maxLength: 3, selector: (text) => text.split('=')[0] }),
      documentation: fc.constantFrom('', 'Of an hour.', 'Two\nlines, "quoted" \\ and ’'),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((features) => {
    const texts = features.map((feature, index) => {
      const [type, fallback] = feature.described
      const [entity, keys, source] = feature.isPair
        ? ['pair', '(rider_id, station)', 'visits']
        : ['rider', 'rider_id', 'stats']
      // A renamed column, or one under its own name.
      const column = feature.isNamed ? `f${index}` : `column_${index}`
      // Two features of one view may not come apart: their view’s name would no longer be free.
      const view = feature.view === '' ? '' : `view=${feature.view} ${index}`
      const tags = [...(view === '' ? [] : [view]), ...[...feature.tags].sort()]
      const written = tags.length === 0 ? '' : `tags [${tags.map(writeName).join(', ')}]`
      const attributes = [
        feature.like,
        fallback,
        feature.unit,
        feature.kind,
        feature.status,
        feature.pii,
        feature.owner,
        written,
      ]
      const documentation = feature.documentation === '' ? '' : `${feature.documentation.replaceAll(/^/gm, '/// ')}\n`
      return `${documentation}feature f${index}: ${type} of ${entity} = latest(${column}) from ${source} by ${keys} ${feature.ttl} ${attributes.join(' ')}`
    })
    const has = (isPair: boolean): boolean => features.some((feature) => feature.isPair === isPair)
    return [
      ...(has(false) ? ['source stats = parquet("data/stats.parquet") { time at created arrived }'] : []),
      ...(has(true) ? ['source visits = parquet("data/visits.parquet") { time at }'] : []),
      ...(has(false) ? ['entity rider(rider_id: int)'] : []),
      ...(has(true) ? ['entity pair(rider_id: int, station: string)'] : []),
      ...texts,
    ].join('\n')
  })
