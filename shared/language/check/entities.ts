import type { EntityDeclaration } from '../ast'
import type { Place } from './declared'
import type { Memory } from './memory'
import type { Report } from './report'
import type { CheckedEntity } from './symbols'
import { readType } from './types'

export const recallEntity = (
  place: Place<EntityDeclaration>,
  context: { readonly report: Report; readonly namespace: string; readonly memory: Memory },
): CheckedEntity =>
  context.memory.recall(place.declaration, { ...context, file: place.file }, {}, () => checkEntity(place, context))

const checkEntity = (
  { file, declaration }: Place<EntityDeclaration>,
  { report, namespace }: { readonly report: Report; readonly namespace: string },
): CheckedEntity => {
  const seen = new Set<string>()
  const keys = declaration.keys.map(({ name, type }) => {
    if (seen.has(name.text)) report.add(file, 'PML1108', name.span, { name: name.text })
    seen.add(name.text)
    if (!type) {
      report.add(file, 'PML1401', name.span, { key: name.text })
      return { name: name.text, type: 'unknown' as const }
    }
    return { name: name.text, type: readType(type, { report, file }) ?? ('unknown' as const) }
  })
  return { file, namespace, declaration, keys }
}
