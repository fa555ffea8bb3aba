import type { Identifier } from '../language/ast'
import type { CheckedProgram } from '../language/check/check'
import { isFeatureSet } from '../language/check/featureSets'
import { type CheckedFeature, featureNamed, type NamespaceSymbols } from '../language/check/symbols'
import type { FeatureSummary } from '../rpc/features'

const textOf = (feature: CheckedFeature, name: string): string | null => {
  const value = feature.declaration.attributes.find((attribute) => attribute.name.text === name)?.value
  if (value?.kind === 'string') return value.value
  if (value?.kind === 'call') return value.callee.text
  return value?.kind === 'name' ? value.name.text : null
}

const tagsOf = (feature: CheckedFeature): string[] =>
  feature.declaration.attributes
    .filter((attribute) => attribute.name.text === 'tags')
    .flatMap(({ list }) => list.map((tag: Identifier) => tag.text))

/** Models and features that read the feature, in whatever namespace and by whatever name. */
const usersOf = (wanted: CheckedFeature, namespaces: Iterable<NamespaceSymbols>): string[] =>
  [...namespaces].flatMap((symbols) => {
    const isMeant = (name: string | null): boolean => name !== null && featureNamed(symbols, name) === wanted
    const { models, features } = symbols
    return [
      ...[...models].filter(([, model]) => model.uses.some(({ feature }) => isMeant(feature))).map(([model]) => model),
      ...[...features].filter(([, feature]) => feature.reads.some(isMeant)).map(([feature]) => feature),
    ]
  })

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** Every feature that the checked files declare and whose kind could be told, by namespace and name. */
export const featureCatalogue = ({ namespaces, documents }: CheckedProgram): FeatureSummary[] =>
  [...namespaces]
    .filter(([namespace]) => !isFeatureSet(namespace))
    .flatMap(([namespace, symbols]) =>
      [...symbols.features].flatMap(([name, feature]): FeatureSummary[] => {
        const { form, type, file, declaration, entity } = feature
        const text = documents.get(file)?.text ?? ''
        const body = declaration.definition?.span
        if (form === null) return []
        return [
          {
            name,
            namespace,
            entity: entity?.declaration.name.text ?? null,
            type,
            form,
            definition: body ? text.slice(body.start, body.end).replace(/\s+/g, ' ').trim() : '',
            documentation: declaration.documentation,
            owner: textOf(feature, 'owner'),
            unit: textOf(feature, 'unit'),
            tags: tagsOf(feature),
            status: textOf(feature, 'status'),
            path: file,
            line: lineOf(text, declaration.span.start),
            usedBy: usersOf(feature, namespaces.values()),
          },
        ]
      }),
    )
    .sort((a, b) => (a.namespace === b.namespace ? (a.name < b.name ? -1 : 1) : a.namespace < b.namespace ? -1 : 1))
