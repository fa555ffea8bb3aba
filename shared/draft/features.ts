import { counted } from '../counted'
import type { ColumnProfile } from '../data/profile'
import type { DraftFacts } from './facts'
import { type DraftEntity, type DraftWindows, windowsOf, windowWords } from './history'
import { conditionOf } from './question'
import { type createNames, identifierOf, shown, spelled } from './spelling'

/** A feature of the draft and the columns that bring it to a row. */
export interface DraftFeature {
  readonly name: string
  readonly text: string
  /** The column, and what the feature is called where it is joined by it. */
  readonly joins: readonly { readonly by: string; readonly input: string }[]
  readonly isNullable: boolean
}

export interface DraftHistory {
  readonly entities: readonly string[]
  readonly features: readonly DraftFeature[]
}

interface Measure {
  /** What it is called, and what it is. */
  readonly name: string
  readonly words: string
  readonly expression: string
  readonly where: string
}

/** What is averaged over the past: the label where there is one, else the first numbers of the file. */
const measuresOf = ({ schema, profiles, label }: DraftFacts, numbers: readonly string[]): Measure[] => {
  const isNullable = (column: string): boolean => schema.columns.find(({ name }) => name === column)?.isNullable ?? true
  const measure = (column: string, expression: string | null, words: string): Measure => ({
    name: identifierOf(column),
    words,
    expression: expression ?? spelled(column),
    where: expression !== null && isNullable(column) ? ` where not is_null(${spelled(column)})` : '',
  })
  if (label === null)
    return profiles
      .filter(({ name, type }) => (type === 'int' || type === 'float') && numbers.includes(name))
      .slice(0, 2)
      .map(({ name }) => measure(name, null, `Mean ${shown(name)}`))
  const { column } = label
  switch (label.kind) {
    case 'number':
      return [measure(column, null, `Mean ${shown(column)}`)]
    case 'above':
      return label.shape === 'tail'
        ? [measure(column, null, `Mean ${shown(column)}`)]
        : [measure(column, `if(${conditionOf(label)}, 1, 0)`, `Share with \`${conditionOf(label)}\``)]
    case 'flag':
    case 'equals':
      return [measure(column, `if(${conditionOf(label)}, 1, 0)`, `Share with \`${conditionOf(label)}\``)]
  }
}

interface Parts {
  readonly source: string
  readonly names: ReturnType<typeof createNames>
  /** Number columns that go into the model. */
  readonly numbers: readonly string[]
}

/** One thing that is computed from an entity’s earlier rows. */
interface Aggregate {
  /** `delay_3h` */
  readonly suffix: string
  /** `Mean delay`; goes on with “of the rows with the same …”. */
  readonly words: string
  readonly type: 'float' | 'int'
  readonly call: string
  readonly where: string
  readonly window: string
}

const aggregatesOf = (facts: DraftFacts, { numbers }: Parts, windows: DraftWindows): Aggregate[] => {
  const means = measuresOf(facts, numbers).flatMap(({ name, words, expression, where }) =>
    [windows.short, ...(windows.long === null ? [] : [windows.long])].map(
      (window): Aggregate => ({
        ...{ suffix: `${name}_${window}`, words, type: 'float', call: `mean(${expression})` },
        ...{ where, window },
      }),
    ),
  )
  const window = windows.long ?? windows.short
  return [...means, { suffix: `rows_${window}`, words: 'Number', type: 'int', call: 'count()', where: '', window }]
}

/** Entities, and what is known of each a while before the row. */
export const historyOf = (
  facts: DraftFacts,
  time: ColumnProfile,
  entities: readonly DraftEntity[],
  parts: Parts,
): DraftHistory => {
  const declared: string[] = []
  const features: DraftFeature[] = []
  for (const { column, also } of entities) {
    const windows = windowsOf(time, column)
    if (!windows) continue
    const [key, said] = [spelled(column.name), shown(column.name)]
    const entity = key === column.name ? key : parts.names(column.name)
    const mean = Math.round((column.rows - column.nulls) / column.distinct)
    const same = also.length > 0 ? `; ${also.map(shown).join(' and ')} holds the same ones` : ''
    declared.push(
      `/// ${counted(column.distinct, 'value')} of ${said} with ${counted(mean, 'row')} each on average${same}.
entity ${entity}(${key}: ${column.type})`,
    )
    for (const { suffix, words, type, call, where, window } of aggregatesOf(facts, parts, windows)) {
      const joins = [column.name, ...also].map((by) => ({ by, input: parts.names(`${identifierOf(by)}_${suffix}`) }))
      const name = joins[0]?.input ?? suffix
      const text = `/// ${words} of the rows with the same ${said} in ${windowWords(window)}.
feature ${name}: ${type} of ${entity}
  = ${call} from ${parts.source} by ${key}${where} over ${window}`
      features.push({ name, text, joins, isNullable: type === 'float' })
    }
  }
  return { entities: declared, features }
}
