import { counted } from '../../counted'
import { entry } from './entry'

/** Features and entities: `PML14nn`. */
export const featureDiagnostics = {
  PML1401: entry<{ key: string }>({
    severity: 'error',
    title: 'A key without a type',
    message: ({ key }) => `The key \`${key}\` has no type.`,
    mend: ({ key }) => `Write \`${key}: string\`, or another type.`,
  }),
  PML1402: entry<{ aggregate: string }>({
    severity: 'error',
    title: 'An aggregate inside an expression',
    message: ({ aggregate }) => `The aggregate \`${aggregate}\` stands inside a larger expression.`,
    mend: () => 'Give it a feature of its own, and compute with that feature in another.',
  }),
  PML1403: entry<{ aggregate: string }>({
    severity: 'error',
    title: 'An aggregate without a window',
    message: ({ aggregate }) => `\`${aggregate}\` does not say over which time.`,
    mend: () => 'Add `over` and a duration, a number of `rows`, or `all`.',
  }),
  PML1404: entry<{ feature: string }>({
    severity: 'error',
    title: 'An aggregate that describes nothing',
    message: ({ feature }) => `\`${feature}\` aggregates rows but belongs to no entity.`,
    mend: () => 'Write `of` and the entity that it describes.',
  }),
  PML1405: entry<{ entity: string; keys: readonly string[]; found: number }>({
    severity: 'error',
    title: 'Columns that do not match an entity’s keys',
    message: ({ entity, keys, found }) =>
      found === 0
        ? `It is not said which columns hold the ${keys.length === 1 ? 'key' : 'keys'} of \`${entity}\`.`
        : `\`${entity}\` has ${counted(keys.length, 'key')}, but ${counted(found, 'column')} ${found === 1 ? 'is' : 'are'} named.`,
    mend: ({ keys }) =>
      keys.length === 1
        ? `Write \`by\` and the column that holds \`${keys[0]}\`.`
        : `Write \`by (…)\` with the columns that hold ${keys.map((key) => `\`${key}\``).join(', ')}, in this order.`,
  }),
  PML1406: entry<{ column: string; columnType: string; key: string; keyType: string; entity: string }>({
    severity: 'error',
    title: 'A column whose type is not the key’s',
    message: ({ column, columnType, key, keyType, entity }) =>
      `\`${column}\` is ${columnType}, but the key \`${key}\` of \`${entity}\` is ${keyType}.`,
    mend: () => 'Name the column that holds the key, or correct the entity.',
  }),
  PML1407: entry<{ clause: string; form: string }>({
    severity: 'error',
    title: 'A clause that does not belong here',
    message: ({ clause, form }) => `\`${clause}\` does not belong to ${form}.`,
    mend: ({ clause }) => `Remove \`${clause}\`.`,
  }),
  PML1408: entry<{ source: string; what: string }>({
    severity: 'error',
    title: 'A source without a time column',
    message: ({ source, what }) =>
      `${what} needs to know when rows of \`${source}\` happened, and the source names no time.`,
    mend: ({ source }) => `Add \`{ time <column> }\` to the source \`${source}\`.`,
  }),
  PML1409: entry<{ feature: string }>({
    severity: 'error',
    title: 'Rows of an entity without an aggregate',
    message: ({ feature }) => `\`${feature}\` reads many rows of one key but does not say which value to take.`,
    mend: () => 'Put an aggregate such as `mean(…)` or `latest(…)` around it.',
  }),
  PML1410: entry<{ feature: string; entity: string; other: string; otherEntity: string }>({
    severity: 'error',
    title: 'A derived feature over another entity',
    message: ({ feature, entity, other, otherEntity }) =>
      `\`${feature}\` describes ${entity}, but \`${other}\` describes ${otherEntity}.`,
    mend: () => 'Combine features of one entity only; a model can combine the rest in a `let`.',
  }),
  PML1411: entry<{ attribute: string; expected: string; found: string }>({
    severity: 'error',
    title: 'An attribute with a value that it cannot have',
    message: ({ attribute, expected, found }) => `\`${attribute}\` is ${expected}, not ${found}.`,
    mend: ({ expected }) => `Write ${expected}.`,
  }),
  PML1412: entry<{ attribute: string }>({
    severity: 'error',
    title: 'An attribute stands twice',
    message: ({ attribute }) => `\`${attribute}\` stands twice.`,
    mend: () => 'Keep one of them.',
  }),
  PML1413: entry<{ what: string }>({
    severity: 'error',
    title: 'A window or lag of no length',
    message: ({ what }) => `${what} must be longer than nothing.`,
    mend: () => 'Write a positive duration such as `3h`, or a whole number of rows.',
  }),
  PML1414: entry<{ aggregate: string }>({
    severity: 'error',
    title: 'An aggregate that reads no source',
    message: ({ aggregate }) => `It is not said which rows \`${aggregate}\` reads.`,
    mend: () => 'Add `from` and a source.',
  }),
  PML1415: entry<{ feature: string }>({
    severity: 'error',
    title: 'A row feature with an entity',
    message: ({ feature }) => `\`${feature}\` is computed from single rows, so it describes no entity.`,
    mend: () => 'Remove `of …`, or aggregate the rows, as in `latest(…) … by …`.',
  }),
  PML1416: entry<{ system: string }>({
    severity: 'error',
    title: 'Two rules for one window',
    message: ({ system }) => `\`like ${system}\` says where the window ends, and \`inclusive\` says it again.`,
    mend: () => 'Keep one of them.',
  }),
}
