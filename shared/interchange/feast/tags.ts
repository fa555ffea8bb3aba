import type { FeatureDeclaration } from '../../language/ast'
import { attributeOf } from '../definitions'
import { ownTags } from './description'

const viewTag = /^view=(.+)$/s
const tagsOf = (feature: FeatureDeclaration): readonly string[] =>
  attributeOf(feature, 'tags')?.list.map(({ text }) => text) ?? []

/** The view that a feature came from, or is to go into: `view=driver_stats`. */
export const viewNameOf = (feature: FeatureDeclaration): string | null =>
  tagsOf(feature)
    .map((tag) => viewTag.exec(tag)?.[1])
    .find(Boolean) ?? null

/** `team=drivers` as a name and a value. */
export const splitTag = (tag: string): readonly [string, string] => {
  const equals = tag.indexOf('=')
  return equals <= 0 ? [tag, ''] : [tag.slice(0, equals), tag.slice(equals + 1)]
}

const ownNames: ReadonlySet<string> = new Set(Object.values(ownTags))

/** Tags but for the view’s name. In Feast a tag has one value, and ours keep what Feast has no field for. */
export const plainTags = (
  feature: FeatureDeclaration,
): { readonly kept: readonly string[]; readonly lost: readonly string[] } => {
  const kept = new Map<string, string>()
  const lost: string[] = []
  for (const tag of tagsOf(feature).filter((each) => !viewTag.test(each))) {
    const [name] = splitTag(tag)
    if (kept.has(name) || ownNames.has(name)) lost.push(tag)
    else kept.set(name, tag)
  }
  return { kept: [...kept.values()], lost }
}
