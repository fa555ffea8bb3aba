/** An identifier for Spark, whatever characters it has. */
export const sparkName = (name: string): string => `\`${name.replaceAll('`', '``')}\``

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\u0000',
}

/** A text literal for Spark, on one line: two quotes in a row would be two literals, and a backslash escapes. */
export const sparkText = (text: string): string =>
  `'${[...text].map((character) => escapes[character] ?? character).join('')}'`
