import { format } from '../language/format/format'
import type { Remark } from './report'

/** A Pro-ML program in pieces: every text in it is written already, ready to stand where it is put. */
export interface ProgramPieces {
  readonly origin: string
  readonly sources: readonly SourcePiece[]
  readonly entities: readonly EntityPiece[]
  readonly features: readonly FeaturePiece[]
}

export interface SourcePiece {
  readonly name: string
  readonly reader: string
  readonly path: string
  readonly time: string | null
  readonly created: string | null
}

export interface EntityPiece {
  readonly name: string
  readonly keys: readonly { readonly name: string; readonly type: string }[]
}

export interface FeaturePiece {
  readonly name: string
  readonly type: string | null
  readonly entity: string
  readonly documentation: string
  /** `mean(delay) from flights by origin over 3h inclusive`, as text. */
  readonly definition: string
  /** `default 0`, `owner "network-ops"`, as text. */
  readonly attributes: readonly string[]
}

/** Words that would be read as something else where a name stands. */
const reserved = new Set(
  (
    'source entity feature model namespace import from by where over lag ' + 'if then else and or not true false null'
  ).split(' '),
)

/** A name as it is written: in backquotes unless it is a plain one. A backquote itself has no place in a name. */
export const writeName = (name: string): string =>
  /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(name) && !reserved.has(name) ? name : `\`${name}\``

/** Whether a name can be written at all: the language has no escape inside backquotes. */
export const isWritableName = (name: string): boolean => name !== '' && !/[`\r\n]/.test(name)

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' }

export const writeString = (text: string): string =>
  `"${text.replaceAll(/["\\\n\t\r]/g, (found) => escapes[found] ?? '')}"`

const units = [
  ['d', 86_400e6],
  ['h', 3_600e6],
  ['m', 60e6],
  ['s', 1e6],
  ['ms', 1e3],
] as const

/** In the largest unit that needs no fraction. */
export const writeDuration = (micros: number): string => {
  const [unit, size] = units.find(([, size]) => micros % size === 0) ?? ['ms', 1e3]
  return `${micros / size}${unit}`
}

export const writeNames = (names: readonly string[]): string =>
  names.length === 1 ? writeName(names[0] ?? '') : `(${names.map(writeName).join(', ')})`

const writeSource = ({ name, reader, path, time, created }: SourcePiece): string => {
  const clauses = [...(time ? [`time ${writeName(time)}`] : []), ...(created ? [`created ${writeName(created)}`] : [])]
  const braces = clauses.length === 0 ? '' : ` { ${clauses.join(' ')} }`
  return `source ${writeName(name)} = ${reader}(${writeString(path)})${braces}`
}

const writeEntity = ({ name, keys }: EntityPiece): string =>
  `entity ${writeName(name)}(${keys.map((key) => `${writeName(key.name)}: ${key.type}`).join(', ')})`

const writeFeature = ({ name, type, entity, documentation, definition, attributes }: FeaturePiece): string =>
  [
    ...(documentation === '' ? [] : documentation.split(/\r?\n/).map((line) => `/// ${line}`.trimEnd())),
    `feature ${writeName(name)}${type ? `: ${type}` : ''} of ${writeName(entity)} = ${definition} ${attributes.join(' ')}`,
  ].join('\n')

/** What could not be carried, as a comment, so that who reads the program alone sees it too. */
const writeLeftOut = ({ name, reason }: Remark): string =>
  `// Left out: ${name}. ${reason}`.replaceAll(/\s*[\r\n]+\s*/g, ' ')

const writeCode = (code: string): string =>
  code
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `// ${line}`.trimEnd())
    .join('\n')

/** The whole program in the one form that the formatter knows. `code` that could not be carried is kept as comments. */
export const writeProgram = (pieces: ProgramPieces, leftOut: readonly Remark[], code: readonly string[] = []): string =>
  format(
    [
      `// Imported from ${pieces.origin.replaceAll(/[\r\n]+/g, ' ')}.`,
      ...pieces.sources.map(writeSource),
      pieces.entities.map(writeEntity).join('\n'),
      ...pieces.features.map(writeFeature),
      leftOut.map(writeLeftOut).join('\n'),
      ...code.map(writeCode),
    ]
      .filter((text) => text !== '')
      .join('\n\n'),
  )
