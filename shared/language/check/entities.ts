import type { EntityDeclaration } from '../ast'
import { nearest } from '../nearest'
import type { Place } from './declared'
import { type Report, replacements } from './report'
import type { CheckedEntity } from './symbols'
import { writableTypes, writtenType } from './types'

export const checkEntity = (
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
    const known = writtenType(type.text)
    if (known === null) {
      const near = nearest(type.text, writableTypes)
      report.add(file, 'PML1204', type.span, { name: type.text, nearest: near }, replacements(type.span, near))
    }
    return { name: name.text, type: known ?? ('unknown' as const) }
  })
  return { file, namespace, declaration, keys }
}
