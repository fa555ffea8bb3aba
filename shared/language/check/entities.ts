import { caseless } from '../../sql/quote'
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
  const seen = new Map<string, string>()
  const keys = declaration.keys.map(({ name, type }) => {
    const other = seen.get(caseless(name.text))
    if (other !== undefined) report.add(file, 'PML1108', name.span, { name: name.text, other })
    seen.set(caseless(name.text), name.text)
    if (!type) {
      report.add(file, 'PML1401', name.span, { key: name.text })
      return { name: name.text, type: 'unknown' as const }
    }
    return { name: name.text, type: readType(type, { report, file }) ?? ('unknown' as const) }
  })
  return { file, namespace, declaration, keys }
}
