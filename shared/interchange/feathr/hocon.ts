/** What is written as HOCON; all of it is JSON too but for the names, which need no quotes. */
export type Hocon = string | number | boolean | readonly Hocon[] | HoconObject
export interface HoconObject {
  readonly [name: string]: Hocon | undefined
}

const key = (name: string): string => (/^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name))

const isList = (value: Hocon): value is readonly Hocon[] => Array.isArray(value)

const write = (value: Hocon, indent: string): string => {
  if (typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map((item) => write(item, indent)).join(', ')}]`
  const fields = Object.entries(value).flatMap(([name, field]) => (field === undefined ? [] : [[name, field] as const]))
  if (fields.length === 0) return '{}'
  const lines = fields.map(([name, field]) => `${indent}  ${key(name)}: ${write(field, `${indent}  `)}`)
  return `{\n${lines.join('\n')}\n${indent}}`
}

/** The text of a configuration file: its sections one after another. */
export const writeHocon = (sections: HoconObject): string =>
  `${Object.entries(sections)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${key(name)}: ${write(value, '')}`]))
    .join('\n\n')}\n`
