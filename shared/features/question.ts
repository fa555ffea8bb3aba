import type { ColumnSchema } from '../data/profile'
import { StudioError } from '../errors'
import type { CheckedProgram } from '../language/check/check'
import { planNames } from '../plan/names'
import {
  type FeaturePlan,
  type ModelPlan,
  plainTraining,
  type SourcePlan,
  trainingSetColumns,
  type UsePlan,
} from '../plan/plan'
import { nativeTypeOf } from '../sql/expression'
import { caseless } from '../sql/quote'
import { keyColumn } from '../sql/trainingSet'
import { findFeature, neededFeatures, refuseErrors, rowUse } from './preview'

const span = { start: 0, end: 0 }

/** One thing’s features, asked for by name: what they are computed from, and what names the thing. */
export interface FeatureQuestion {
  readonly namespace: string
  readonly file: string
  readonly wanted: readonly Pick<UsePlan, 'name' | 'type'>[]
  readonly features: readonly FeaturePlan[]
  readonly sources: readonly SourcePlan[]
  readonly entity: string
  /** The entity’s keys, and for each the column that the features’ own source calls it by. */
  readonly keys: readonly { readonly name: string; readonly column: string; readonly type: ColumnSchema['type'] }[]
}

/** Fails as `previewFeature` does, and with `invalid_input` where the features are not of one entity. */
export const featureQuestion = (program: CheckedProgram, names: readonly string[], path?: string): FeatureQuestion => {
  const found = names.map((name) => findFeature(program, name, path))
  const [first] = found
  if (!first) throw new StudioError('invalid_input', 'No feature is named.', { hint: 'Name one with `--feature`.' })
  const entity = first.feature.entity
  const other = found.find(({ feature }) => feature.entity !== entity || feature.entity === null)
  if (!entity || other)
    throw new StudioError(
      'invalid_input',
      `\`${(other ?? first).feature.declaration.name.text}\` is not of ${entity ? `\`${entity.declaration.name.text}\`` : 'any entity'}.`,
      { hint: 'Ask for features of one entity at a time; a feature of rows is a `use` of a model.' },
    )
  const plannedNames = planNames({ namespace: first.namespace }, program)
  const all = [...new Set(found.flatMap(({ feature }) => neededFeatures(feature, program)))]
  const features = all.flatMap((each): FeaturePlan[] => (each.plan ? [plannedNames.feature(each, each.plan)] : []))
  const sources = [...new Set(all.flatMap(({ source }) => source ?? []))].flatMap((each) =>
    each.plan ? [{ ...each.plan, name: plannedNames.of(each) }] : [],
  )
  if (features.length < all.length || sources.length === 0)
    return refuseErrors(program, all, first.feature.declaration.name.text)
  const base = features.find(({ definition }) => definition.form === 'aggregate')?.definition
  return {
    namespace: first.namespace,
    file: first.feature.file,
    wanted: found.map(({ feature }) => ({ name: plannedNames.of(feature), type: feature.type })),
    features,
    sources,
    entity: entity.declaration.name.text,
    keys: entity.keys.map(({ name, type }, index) => ({
      ...{ name, type },
      column: base?.form === 'aggregate' ? (base.keys[index] ?? name) : name,
    })),
  }
}

/** Who is asked about, and when: a table’s columns, and which of them name the thing and the moment. */
export interface Spine {
  readonly columns: readonly Pick<ColumnSchema, 'name' | 'type' | 'nativeType'>[]
  readonly keys: readonly string[]
  /** Null where no feature depends on time. */
  readonly time: string | null
}

/** A plan whose rows are the spine’s, whose uses are its columns and the features; it has no model. */
export const questionPlan = (question: FeatureQuestion, { columns, keys, time }: Spine): ModelPlan => {
  const { namespace, file, wanted, features, sources } = question
  const clash = wanted.find(({ name }) => columns.some((column) => caseless(column.name) === caseless(name)))
  if (clash)
    throw new StudioError('invalid_input', `\`${clash.name}\` is a feature and a column of the rows too.`, {
      hint: 'Rename the column, or leave it out of the file.',
    })
  for (const [index, { name }] of wanted.entries()) {
    const other = wanted.slice(0, index).find((one) => one.name !== name && caseless(one.name) === caseless(name))
    if (other)
      throw new StudioError(
        'invalid_input',
        `\`${other.name}\` and \`${name}\` differ in small and capital letters alone, which columns of a table must not.`,
        { hint: 'Ask for one at a time, or give one of them another name.' },
      )
  }
  const taken = new Set(sources.map(({ name }) => name))
  let name = 'spine'
  while (taken.has(name)) name = `${name}_`
  const spine: SourcePlan = {
    ...{ name, kind: 'parquet', path: '', options: {}, timeColumn: time, createdColumn: null, rowKey: [] },
    columns,
  }
  return {
    ...{ version: 1, namespace, model: wanted.map((one) => one.name).join(', '), documentation: '', file },
    sources: [...sources, spine],
    observation: { source: name, filter: null },
    label: null,
    features: features.filter(({ definition }) => definition.form !== 'row'),
    uses: [
      ...columns.map((column) => rowUse(column.name, spine, column.name)),
      ...wanted.map((one): UsePlan => {
        const definition = { kind: 'feature', feature: one.name, keys } as const
        return { ...one, tensor: 'float32', isNullable: true, definition, span }
      }),
    ],
    ...{ nodes: [], outputs: [], gates: [], health: [] },
    train: plainTraining,
    ranking: null,
  }
}

const momentName = 'as_of'

/** The column of the moment has a name of its own, which nothing that stands beside it in the table may have. */
const momentColumn = ({ wanted, keys, file }: FeatureQuestion): string => {
  const isTaken = ({ name }: { readonly name: string }): boolean => caseless(name) === momentName
  const what = wanted.some(isTaken) ? 'a feature' : keys.some(isTaken) ? 'a key' : null
  if (what === null) return momentName
  throw new StudioError('invalid_input', `\`${momentName}\` is the column of the moment, and ${what} too.`, {
    hint: `Give the ${what.slice(2)} another name in the program; \`${momentName}\` says at which moment the values beside it are known.`,
    place: { file },
  })
}

/** A column for each key, and one for the moment, for rows that stand in no file. */
export const keySpine = (question: FeatureQuestion): Spine => {
  const { keys, sources } = question
  const time = sources.some(({ timeColumn }) => timeColumn !== null) ? momentColumn(question) : null
  const columns = keys.map(({ name, type }) => ({ name, type, nativeType: nativeTypeOf(type) }))
  return {
    columns: time === null ? columns : [...columns, { name: time, type: 'time', nativeType: nativeTypeOf('time') }],
    keys: keys.map(({ name }) => name),
    time,
  }
}

/** Which of a file’s columns name the thing and the moment; `isNow` where all rows are asked about at one moment. */
export const fileSpine = (
  question: FeatureQuestion,
  { path, columns: all }: { readonly path: string; readonly columns: Spine['columns'] },
  isNow: boolean,
): Spine => {
  // A training set may be asked about again; its own columns are made anew.
  const columns = all.filter(({ name }) => ![...Object.values<string>(trainingSetColumns), keyColumn].includes(name))
  const has = (name: string): boolean => columns.some((column) => column.name === name)
  const missing = (name: string, what: string, hint: string): never => {
    throw new StudioError('missing_column', `\`${path}\` has no column \`${name}\`, which ${what}.`, {
      hint: `${hint}It has ${columns.map((column) => `\`${column.name}\``).join(', ')}.`,
      place: { file: path, column: name },
    })
  }
  const keys = question.keys.map(({ name, column, type }) => {
    const key = has(name) ? name : has(column) ? column : missing(name, `names the ${question.entity}`, '')
    const found = columns.find((one) => one.name === key)?.type
    if (found === type) return key
    throw new StudioError(
      'invalid_input',
      `\`${key}\` of \`${path}\` is of type ${found}; the key is of type ${type}.`,
      {
        hint: 'Write the file with keys of that type.',
        place: { file: path, column: key },
      },
    )
  })
  const timed = question.sources.flatMap(({ timeColumn }) => timeColumn ?? [])
  const [first] = timed
  if (first === undefined) return { columns, keys, time: null }
  if (isNow) {
    const moment = momentColumn(question)
    const asOf = { name: moment, type: 'time' as const, nativeType: nativeTypeOf('time') }
    return { columns: [...columns.filter(({ name }) => name !== moment), asOf], keys, time: moment }
  }
  const moments = columns.filter(({ type }) => type === 'time' || type === 'date')
  const time = timed.find(has) ?? (moments.length === 1 ? moments[0]?.name : undefined)
  return { columns, keys, time: time ?? missing(first, 'says when to ask', 'Name one moment for all with `--as-of`. ') }
}
