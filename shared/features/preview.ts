import { StudioError } from '../errors'
import type { CheckedProgram } from '../language/check/check'
import { isFeatureSet } from '../language/check/featureSets'
import { dependencyOrder } from '../language/check/order'
import { type CheckedFeature, featureNamed } from '../language/check/symbols'
import { nearest } from '../language/nearest'
import { planNames } from '../plan/names'
import { type FeaturePlan, type ModelPlan, plainTraining, type SourcePlan, type UsePlan } from '../plan/plan'

/** What it takes to compute one feature by itself, for every key at one moment, or for every row. */
export interface FeaturePreview {
  /** A plan whose uses are the keys (or what tells the row) and the feature; it has no model. */
  readonly plan: ModelPlan
  readonly source: SourcePlan
  /** Columns of the source whose values name the entity; empty where the feature describes rows. */
  readonly keys: readonly string[]
}

const span = { start: 0, end: 0 }

const everyFeature = ({ namespaces }: CheckedProgram): string[] =>
  [...namespaces.values()].flatMap(({ features }) => [...features.keys()])

/** `delay_3h`, or `flights.delay_3h` where several namespaces have one; the namespace of `path` comes first. */
export const findFeature = (program: CheckedProgram, wanted: string, path: string | undefined) => {
  const dot = wanted.lastIndexOf('.')
  const [space, name] = dot < 0 ? [null, wanted] : [wanted.slice(0, dot), wanted.slice(dot + 1)]
  const own = path === undefined ? undefined : (program.documents.get(path)?.namespace?.text ?? '')
  const found = [...program.namespaces].flatMap(([namespace, symbols]) => {
    const feature = symbols.features.get(name)
    const isMeant = space === null ? !isFeatureSet(namespace) : space === namespace
    return feature && isMeant ? [{ namespace, feature }] : []
  })
  const [first, second] = found
  if (!first) {
    const near = nearest(name, everyFeature(program))
    throw new StudioError('not_found', `There is no feature \`${wanted}\`.`, {
      hint: near.length > 0 ? `Did you mean ${near.map((one) => `\`${one}\``).join(' or ')}?` : 'Check its spelling.',
    })
  }
  const here = found.find(({ namespace }) => namespace === own)
  if (second && !here)
    throw new StudioError('invalid_input', `Several namespaces have a feature \`${name}\`.`, {
      hint: `Say which: ${found.map(({ namespace }) => `\`${namespace}.${name}\``).join(', ')}.`,
    })
  return here ?? first
}

export const refuseErrors = (program: CheckedProgram, features: readonly CheckedFeature[], name: string): never => {
  const files = new Set(features.map(({ file }) => file))
  const error = program.diagnostics.find(({ severity, file }) => severity === 'error' && files.has(file))
  throw new StudioError('language_errors', error?.message ?? `The data of \`${name}\` could not be read.`, {
    hint: error?.mend,
    place: error && { file: error.file, line: error.line },
  })
}

export const rowUse = (name: string, source: SourcePlan, column: string): UsePlan => {
  const type = source.columns.find((one) => one.name === column)?.type ?? 'unknown'
  const definition: UsePlan['definition'] = { kind: 'row', expr: { op: 'column', name: column, type } }
  return { name, type, tensor: 'float32', isNullable: true, definition, span }
}

/** The feature and all that it reads, of whatever namespace, each after what it depends on. */
export const neededFeatures = (wanted: CheckedFeature, { namespaces }: CheckedProgram): CheckedFeature[] => {
  const found = new Map<string, CheckedFeature>()
  const keyOf = (feature: CheckedFeature): string => {
    const key = `${feature.namespace}\0${feature.declaration.name.text}`
    found.set(key, feature)
    return key
  }
  const { order } = dependencyOrder([keyOf(wanted)], (key) => {
    const feature = found.get(key)
    const symbols = feature && namespaces.get(feature.namespace)
    if (!symbols) return []
    return feature.reads.flatMap((name) => {
      const read = featureNamed(symbols, name)
      return read ? [keyOf(read)] : []
    })
  })
  return order.flatMap((key) => found.get(key) ?? [])
}

/** Fails with `not_found`, with `invalid_input` where the name is not clear, and with `language_errors`. */
export const previewFeature = (program: CheckedProgram, wanted: string, path?: string): FeaturePreview => {
  const { namespace, feature } = findFeature(program, wanted, path)
  const names = planNames({ namespace }, program)
  const name = feature.declaration.name.text
  const all = neededFeatures(feature, program)
  const plans = all.flatMap((each): FeaturePlan[] => (each.plan ? [names.feature(each, each.plan)] : []))
  const sources = [...new Set(all.flatMap(({ source }) => source ?? []))].flatMap((each) =>
    each.plan ? [{ ...each.plan, name: names.of(each) }] : [],
  )
  // Values over time are what is asked about; a source without time has the same ones at any moment.
  const source = sources.find(({ timeColumn }) => timeColumn !== null) ?? sources[0]
  if (!source || plans.length < all.length) return refuseErrors(program, all, name)
  const base = plans.find(({ definition }) => definition.form === 'aggregate' && definition.source === source.name)
  const keys = base?.definition.form === 'aggregate' ? base.definition.keys : []
  const shown = feature.inline
    ? [...new Set([...(source.timeColumn === null ? [] : [source.timeColumn]), ...source.rowKey])].map((column) => ({
        column,
        name: column,
      }))
    : keys.map((column, index) => ({ column, name: base?.entityKeys[index] ?? column }))
  const definition: UsePlan['definition'] = feature.inline
    ? { kind: 'row', expr: feature.inline.expr }
    : { kind: 'feature', feature: name, keys }
  const value: UsePlan = { name, type: feature.type, tensor: 'float32', isNullable: true, definition, span }
  return {
    source,
    keys,
    plan: {
      ...{ version: 1, namespace, model: name, documentation: '', file: feature.file, sources },
      observation: { source: source.name, filter: null },
      label: null,
      features: plans.filter(({ definition: each }) => each.form !== 'row'),
      // A key that is called like the feature would be one column of two.
      uses: [
        ...shown.map((one) => rowUse(one.name === name ? `${one.name}_key` : one.name, source, one.column)),
        value,
      ],
      ...{ nodes: [], outputs: [], gates: [], health: [] },
      train: plainTraining,
      ranking: null,
    },
  }
}
