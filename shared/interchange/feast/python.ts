/** Python expressions as text, in the form that Black gives them. */
export type PythonText = string

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' }

/** A text as a Python literal; controls and line separators never stand raw in it. */
export const pythonString = (text: string): PythonText =>
  `"${text
    .replaceAll(/["\\\n\t\r]/g, (found) => escapes[found] ?? '')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`

const lineWidth = 88

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ')

/** `Name(a, b)` on one line where it fits, otherwise one argument a line with a comma after the last. */
const enclosed = (open: string, items: readonly PythonText[], close: string, indent: number): PythonText => {
  const flat = `${open}${items.join(', ')}${close}`
  if (indent + flat.length <= lineWidth && !flat.includes('\n')) return flat
  return `${open}\n${items.map((item) => `${indented(item)},\n`).join('')}${close}`
}

export const pythonCall = (
  name: string,
  args: readonly (readonly [string, PythonText | null])[],
  indent: number,
): PythonText =>
  enclosed(
    `${name}(`,
    args.flatMap(([argument, value]) => (value === null ? [] : [`${argument}=${value}`])),
    ')',
    indent,
  )

export const pythonList = (items: readonly PythonText[], indent: number): PythonText =>
  enclosed('[', items, ']', indent)

/** A dictionary of texts; null where it is empty, since Feast’s own default says the same. */
export const pythonTexts = (entries: readonly (readonly [string, string])[], indent: number): PythonText | null =>
  entries.length === 0
    ? null
    : enclosed(
        '{',
        entries.map(([name, value]) => `${pythonString(name)}: ${pythonString(value)}`),
        '}',
        indent,
      )

const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import ' +
    'in is lambda nonlocal not or pass raise return try while with yield Bool Entity FeatureView Field FileSource Float64 Int64 ' +
    'String UnixTimestamp ValueType timedelta'
  ).split(' '),
)

/** Names for Python’s variables, each once. */
export const createPythonNames = (): ((wanted: string) => string) => {
  const taken = new Set<string>()
  return (wanted) => {
    const base = wanted.replaceAll(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, '_') || '_'
    for (let count = 1; ; count++) {
      const name = count === 1 ? base : `${base}_${count}`
      if (taken.has(name) || keywords.has(name)) continue
      taken.add(name)
      return name
    }
  }
}

const durations = [
  ['days', 86_400e6],
  ['hours', 3_600e6],
  ['minutes', 60e6],
  ['seconds', 1e6],
  ['milliseconds', 1e3],
] as const

export const pythonDuration = (micros: number): PythonText => {
  const [unit, size] = durations.find(([, size]) => micros % size === 0) ?? ['microseconds', 1]
  return `timedelta(${unit}=${micros / size})`
}
