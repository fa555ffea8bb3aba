import type { TypeOfColumn } from '../places'
import { type EntityPiece, isWritableName, type SourcePiece } from '../proml'
import type { Notes, Outcome } from '../report'
import { isSection, type Section, section, textsOf } from './config'

export interface AnchorKey {
  readonly entity: EntityPiece
  /** Columns of the source that stand for the entity’s keys. */
  readonly columns: readonly string[]
}

/** Feathr has keys and no entities: anchors whose keys have the same names describe the same thing. */
export interface Entities {
  of(anchor: Section, source: SourcePiece, file: string): Outcome<AnchorKey>
  all(): readonly EntityPiece[]
}

/** A column, also in backquotes or in the brackets that an MVEL list stands in. */
const columnOf = (expression: string): string | null =>
  /^\s*(?:`([^`]+)`|([\p{L}_][\p{L}\p{M}\p{N}_]*))\s*$/u.exec(expression)?.slice(1).find(Boolean) ?? null

const listed = (texts: readonly string[]): readonly string[] => {
  const [only] = texts
  return texts.length === 1 && only && /^\s*\[.*\]\s*$/.test(only) ? only.trim().slice(1, -1).split(',') : texts
}

const keyTypes: ReadonlySet<string> = new Set(['bool', 'int', 'float', 'string', 'date', 'time'])

export const importEntities = (typeOfColumn: TypeOfColumn, notes: Notes): Entities => {
  const byKeys = new Map<string, EntityPiece>()

  const columnsOf = (anchor: Section): Outcome<{ columns: readonly string[]; aliases: readonly string[] }> => {
    const keyed = section(anchor.key)
    const written = textsOf(isSection(anchor.key) ? keyed.sqlExpr : anchor.key)
    if (written === null) return { reason: 'Its anchor has no `key`.' }
    const expressions = listed(written)
    const columns = expressions.map(columnOf).filter((column) => column !== null)
    if (columns.length !== expressions.length)
      return { reason: `Its key \`${expressions.join(', ')}\` is computed; only columns can be keys here.` }
    const aliases = textsOf(anchor.keyAlias ?? keyed.keyAlias) ?? columns
    if (aliases.length !== columns.length || !aliases.every(isWritableName))
      return { reason: 'Its `keyAlias` does not name each part of the key.' }
    return { value: { columns, aliases } }
  }

  return {
    of: (anchor, source, file) => {
      const found = columnsOf(anchor)
      if ('reason' in found) return found
      const { columns, aliases } = found.value
      const name = aliases.join('_')
      const existing = byKeys.get(name)
      if (existing) return { value: { entity: existing, columns } }
      const keys = aliases.map((alias, index) => {
        const type = typeOfColumn(source.path, columns[index] ?? '')
        return { name: alias, type: type !== null && keyTypes.has(type) ? type : null }
      })
      const unknown = keys.filter(({ type }) => type === null).map((key) => `\`${key.name}\``)
      if (unknown.length > 0)
        notes.changed(
          `entity ${name}`,
          file,
          `The configuration does not say the type of ${unknown.join(', ')}: taken to be \`string\`.`,
        )
      notes.carried(`entity ${name}`, file)
      const entity: EntityPiece = { name, keys: keys.map((key) => ({ name: key.name, type: key.type ?? 'string' })) }
      byKeys.set(name, entity)
      return { value: { entity, columns } }
    },
    all: () => [...byKeys.values()],
  }
}
