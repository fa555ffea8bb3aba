import { counted } from '../counted'
import { readReference } from '../data/reference'
import { format } from '../language/format/format'
import type { Draft, DraftFacts } from './facts'
import { type DraftHistory, historyOf } from './features'
import { count, percent } from './figures'
import { type DraftEntity, entitiesOf, timeOf, windowsOf } from './history'
import { type DraftInputs, inputsOf } from './inputs'
import { type DraftModel, modelOf } from './model'
import { conditionOf } from './question'
import { canSpell, createNames, identifierOf, quoted, shown, shownList, spelled, spelledList } from './spelling'

/** The name of a file without folders and endings, or of a table, as a name of the language. */
export const nameOfFile = (path: string): string => {
  const table = readReference(path)?.options.table
  const name = typeof table === 'string' ? table : path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '')
  return createNames()(name)
}

const readerText = (path: string, format: string): string => {
  const target = readReference(path)
  if (!target) return `${format}(${quoted(path)})`
  const said = (value: string | { readonly secret: string }): string =>
    typeof value === 'string' ? quoted(value) : `secret(${quoted(value.secret)})`
  const { url, ...rest } = target.options
  const first = url === undefined ? quoted(target.path) : said(url)
  const options = Object.entries(rest).map(([name, value]) => `${name}: ${said(value)}`)
  return `${target.kind}(${[first, ...options].join(', ')})`
}

const dayOf = (value: unknown): string => String(value).slice(0, 10)

const sourceText = (facts: DraftFacts, source: string, time: string | null): string => {
  const { schema, rows, profiles, key, ascending, path } = facts
  const when = profiles.find(({ name }) => name === time)
  const span = when ? `, ${shown(when.name)} from ${dayOf(when.min)} to ${dayOf(when.max)}` : ''
  const order = when && ascending.includes(when.name) ? ', in its order' : ''
  const said = key?.columns.every(canSpell) ? key.columns : []
  const alike = key && said.length > 0 ? rows - key.distinct : 0
  const apart =
    alike > 0 ? ` ${counted(alike, 'row')} ${alike === 1 ? 'has' : 'have'} the time and the names of another one.` : ''
  const clauses = [
    ...(time === null ? [] : [`time ${spelled(time)}`]),
    ...(said.length > 0 ? [`row ${spelledList(said)}`] : []),
  ]
  const braces = clauses.length === 0 ? '' : ` {\n${clauses.join('\n')}\n}`
  return `/// ${counted(rows, 'row')} of ${counted(schema.columns.length, 'column')}${span}${order}.${apart}\nsource ${source} = ${readerText(path, schema.format)}${braces}`
}

interface Made {
  readonly time: string | null
  readonly history: DraftHistory
  readonly inputs: DraftInputs
  readonly model: DraftModel | null
}

const assumptionsOf = (facts: DraftFacts, { time, history, inputs, model }: Made): string[] => {
  const { label, key, rows } = facts
  const found: string[] = []
  if (label === null)
    found.push('No column looks like a label, so there is no model yet: name one (`--label`), or write `predict`.')
  else if (model === null) found.push(`Nothing is left to predict ${shown(label.column)} from.`)
  else found.push(`The label is \`${conditionOf(label)}\`.`)
  if (label?.kind === 'above' && label.shape === 'tail')
    found.push(
      `${shown(label.column)} has a long tail, so the question is whether it is in it; \`predict\` the number itself with \`value(…)\`.`,
    )
  if (time === null)
    found.push('No column says when a row happened, so there are no features over time, and rows are split at random.')
  else found.push(`A row happens at ${shown(time)}.`)
  if (history.features.length > 0 && label !== null)
    found.push(
      `${shown(label.column)} of an earlier row is known as soon as that row has happened; add a \`lag\` where it is known later.`,
    )
  if (inputs.tied.length > 0)
    found.push(
      `${shownList(inputs.tied)} ${inputs.tied.length === 1 ? 'tells' : 'tell'} the label alone and stay out, as known only afterwards.`,
    )
  if (key === null && rows > 0)
    found.push('No few columns tell the rows apart: later labels cannot be joined until `row` says which do.')
  const labelled = facts.profiles.find(({ name }) => name === label?.column)
  if (labelled && labelled.nulls > 0)
    found.push(`${percent(labelled.nulls / labelled.rows)} of the rows have no label and are not learned from.`)
  const unseen = facts.schema.columns.length - facts.profiles.length
  if (unseen > 0)
    found.push(
      unseen === 1 ? 'The last column was not looked at.' : `The last ${count(unseen)} columns were not looked at.`,
    )
  if (rows < 200)
    found.push(`${counted(rows, 'row')} ${rows === 1 ? 'is' : 'are'} few: expect little of what is learned from them.`)
  return found
}

/**
 * A first program about one file, as a person would keep it. Pure: the same facts always give the same text, which is
 * formatted and checks without errors or warnings against that file.
 */
export const draftProgram = (facts: DraftFacts): Draft => {
  const { label, profiles, name } = facts
  const time = facts.rows > 0 ? timeOf(facts) : null
  const source = nameOfFile(facts.path)
  const names = createNames(profiles.flatMap((profile) => (profile.name === label?.column ? [] : [profile.name])))
  const own = new Set([...(label ? [label.column] : []), ...(time ? [time.name] : [])])
  const entities: readonly DraftEntity[] = time
    ? entitiesOf(facts, own).filter(({ column }) => windowsOf(time, column) !== null)
    : []
  const keys = new Set(entities.flatMap(({ column, also }) => [column.name, ...also]))
  const inputs = inputsOf(facts, own, keys)
  const numbers = inputs.inputs.flatMap(({ kind, column }) => (kind === 'number' ? [column] : []))
  const history: DraftHistory = time
    ? historyOf(facts, time, entities, { source, names, numbers })
    : { entities: [], features: [] }
  const labelProfile = profiles.find((profile) => profile.name === label?.column)
  const model =
    label && labelProfile
      ? modelOf(facts, { source, label, labelProfile, time, names, ...inputs, features: history.features })
      : null
  const made: Made = { time: time?.name ?? null, history, inputs, model }
  const assumptions = assumptionsOf(facts, made)
  const text = [
    `namespace ${identifierOf(name)}`,
    sourceText(facts, source, made.time),
    ...history.entities,
    ...history.features.map((feature) => feature.text),
    ...(model ? [model.text] : [`// ${assumptions[0]}`]),
  ].join('\n\n')
  return { text: format(`${text}\n`), model: model?.name ?? null, label: model?.label ?? null, assumptions }
}
