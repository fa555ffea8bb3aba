/** An identifier for DuckDB, whatever characters it has. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text literal for DuckDB. Values that people type go as parameters; this is for paths and for programs' literals. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Names are columns of one table only where these differ: DuckDB tells no small letters of ASCII from capitals. */
export const caseless = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
